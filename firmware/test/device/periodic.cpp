#include "sealpost/device/periodic.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <vector>

namespace sealpost::test {
namespace {

/// When a beat is taken by somebody who looks at these uptimes.
std::vector<micros> taken_at(periodic& beat, const std::vector<micros>& looks) {
  std::vector<micros> taken;
  for (const micros now : looks) {
    if (beat.take(now)) taken.push_back(now);
  }
  return taken;
}

TEST_CASE("a beat is due at once, whatever the uptime, then every interval") {
  periodic beat(10 * second);
  CHECK(beat.due() == 0);
  CHECK(taken_at(beat, {3 * second, 3 * second, 13 * second - 1, 13 * second, 13 * second, 22 * second, 23 * second}) ==
        std::vector<micros>{3 * second, 13 * second, 23 * second});
  CHECK(beat.due() == 33 * second);
}

TEST_CASE("a beat that is taken late is kept all the same") {
  periodic beat(10 * second);
  CHECK(taken_at(beat, {0, 14 * second, 20 * second, 39 * second, 40 * second}) ==
        std::vector<micros>{0, 14 * second, 20 * second, 39 * second, 40 * second});
  CHECK(beat.due() == 50 * second);
}

TEST_CASE("a beat that has missed more than one begins anew and makes up for none") {
  periodic beat(10 * second);
  CHECK(taken_at(beat, {0, 20 * second, 20 * second, 29 * second, 30 * second}) ==
        std::vector<micros>{0, 20 * second, 30 * second});
  CHECK(taken_at(beat, {95 * second, 95 * second, 100 * second, 105 * second}) ==
        std::vector<micros>{95 * second, 105 * second});
}

TEST_CASE("a new interval holds from the last time on") {
  periodic beat(minute);
  CHECK(beat.take(0));
  beat.set_interval(20 * second);
  CHECK(beat.due() == 20 * second);
  CHECK(taken_at(beat, {19 * second, 20 * second}) == std::vector<micros>{20 * second});
  beat.set_interval(day);
  CHECK(beat.due() == 20 * second + day);
}

TEST_CASE("a much shorter interval that is overdue at once begins anew at that moment") {
  periodic beat(minute);
  CHECK(beat.take(0));
  beat.set_interval(second);
  CHECK(beat.take(30 * second + 1));
  CHECK(beat.due() == 31 * second + 1);
}

TEST_CASE("an interval from outside is clamped to 1 s to 1 day") {
  constexpr micros least = std::numeric_limits<micros>::min();
  constexpr micros most = std::numeric_limits<micros>::max();
  periodic beat(second / 10);
  CHECK(beat.interval() == second / 10);
  for (const micros interval : {least, micros{-1}, micros{0}, second - 1, second}) {
    beat.set_interval(interval);
    CHECK(beat.interval() == second);
  }
  beat.set_interval(second + 1);
  CHECK(beat.interval() == second + 1);
  for (const micros interval : {day, day + 1, most}) {
    beat.set_interval(interval);
    CHECK(beat.interval() == day);
  }
}

}  // namespace
}  // namespace sealpost::test
