#include "linux/board_clock.hpp"

#include <doctest/doctest.h>

namespace sealpost::test {

TEST_CASE("a board that has been up goes through its uptime step by step, then on") {
  posix::board_clock clock(0, 100 * second);
  const micros end = posix::board_clock(0, 0).true_time();
  CHECK(clock.is_behind());
  CHECK(clock.uptime() == 0);
  clock.skip_to(40 * second);
  CHECK(clock.uptime() == 40 * second);
  // The truth was a minute earlier then, give or take what this test takes.
  CHECK(clock.true_time() - end + minute >= 0);
  CHECK(clock.true_time() - end + minute < minute);
  clock.skip_to(30 * second);
  CHECK(clock.uptime() == 40 * second);
  clock.skip_to(101 * second);
  CHECK_FALSE(clock.is_behind());
  CHECK(clock.uptime() >= 100 * second);
  CHECK(clock.true_time() >= end);
}

TEST_CASE("a crystal that is too fast reaches an uptime earlier") {
  using std::chrono::microseconds;
  posix::board_clock right(0, 0);
  // By a part in 128.
  posix::board_clock fast(7812.5, 0);
  const auto begun = right.host_time(0);
  CHECK((right.host_time(129 * second) - begun == microseconds(129 * second)));
  CHECK((fast.host_time(129 * second) - fast.host_time(0) == microseconds(128 * second)));
}

}  // namespace sealpost::test
