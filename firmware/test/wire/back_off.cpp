#include "sealpost/wire/back_off.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "fakes/random.hpp"

namespace sealpost::test {
namespace {

/// Gives one byte for ever.
class constant_random final : public random_source {
 public:
  explicit constant_random(std::uint8_t byte) : byte_(byte) {}
  status fill(mutable_bytes into) override {
    std::fill(into.begin(), into.end(), byte_);
    return status::ok;
  }

 private:
  std::uint8_t byte_;
};

std::vector<micros> waits(random_source& random, int count, micros retry_after = 0) {
  back_off back_off(random);
  std::vector<micros> waits;
  for (int i = 0; i < count; ++i) waits.push_back(back_off.after_failure(retry_after));
  return waits;
}

const std::vector<micros> bounds = {second,      2 * second,  4 * second, 8 * second,
                                    16 * second, 32 * second, minute,     minute};

}  // namespace

TEST_CASE("the bound of a wait doubles from 1 s to 1 minute") {
  constant_random greatest(0xff);
  std::vector<micros> expected = bounds;
  for (micros& bound : expected) bound -= 1;
  CHECK(waits(greatest, 8) == expected);
}

TEST_CASE("a wait is any part of its bound, down to none") {
  constant_random least(0);
  constant_random half(0x80);
  CHECK(waits(least, 3) == std::vector<micros>{0, 0, 0});
  const std::vector<micros> halves = waits(half, 2);
  CHECK(halves[0] == 501'960);
  CHECK(halves[1] == 1'003'921);
}

TEST_CASE("waits are spread evenly over their bound") {
  seeded_random random(11);
  constexpr int count = 20'000;
  constexpr std::size_t parts = 10;
  std::array<int, parts> hits{};
  back_off back_off(random);
  for (int i = 0; i < count; ++i) {
    const micros wait = back_off.after_failure(0);
    REQUIRE(wait >= 0);
    REQUIRE(wait < second);
    hits[static_cast<std::size_t>(wait * static_cast<micros>(parts) / second)] += 1;
    back_off.after_success();
  }
  // 2,000 are expected in each, with a standard deviation of 42.
  for (const int hit : hits) {
    CHECK(hit > 1'800);
    CHECK(hit < 2'200);
  }
}

TEST_CASE("without random numbers a wait is its whole bound") {
  failing_random failing;
  CHECK(waits(failing, 8) == bounds);
}

TEST_CASE("the bound starts afresh after a success") {
  failing_random failing;
  back_off back_off(failing);
  for (int i = 0; i < 5; ++i) static_cast<void>(back_off.after_failure(0));
  back_off.after_success();
  CHECK(back_off.after_failure(0) == second);
  CHECK(back_off.after_failure(0) == 2 * second);
}

TEST_CASE("Retry-After is honoured up to 5 minutes, and never shortens a wait") {
  failing_random failing;
  CHECK(waits(failing, 1, 7 * second) == std::vector<micros>{7 * second});
  CHECK(waits(failing, 1, 5 * minute) == std::vector<micros>{5 * minute});
  CHECK(waits(failing, 1, 60 * minute) == std::vector<micros>{5 * minute});
  CHECK(waits(failing, 1, -second) == std::vector<micros>{second});
  CHECK(waits(failing, 4, 2 * second) == std::vector<micros>{2 * second, 2 * second, 4 * second, 8 * second});
}

}  // namespace sealpost::test
