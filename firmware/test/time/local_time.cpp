#include "sealpost/time/local_time.hpp"

#include <doctest/doctest.h>

#include <ctime>
#include <limits>
#include <string>

namespace sealpost::test {
namespace {

constexpr std::int64_t seconds_in_day = 86'400;

std::string text_of(micros time, std::int32_t utc_offset_seconds = 0) {
  return local_time(time, utc_offset_seconds).data();
}

/// What the C library makes of it.
std::string known(std::time_t time) {
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[64];
  REQUIRE(std::strftime(text, sizeof text, "%A, %B %d %Y %H:%M:%S", &parts) > 0);
  return text;
}

TEST_CASE("local time is what strftime makes of it, on every day from 1970 to 2200") {
  const std::int64_t last = 84'370;  // 31 December 2200
  for (std::int64_t at = 0; at <= last; at += 1) {
    // Another time on each day, the first and the last second of a day among them.
    const std::int64_t of_day = at % 7 == 0 ? 0 : at % 7 == 1 ? seconds_in_day - 1 : at * 7'919 % seconds_in_day;
    const std::int64_t seconds = at * seconds_in_day + of_day;
    if (const std::string text = text_of(seconds * second + 999'999), right = known(seconds); text != right) {
      FAIL("day ", at, ": ", text, " is not ", right);
    }
  }
  CHECK(text_of(last * seconds_in_day * second) == "Wednesday, December 31 2200 00:00:00");
}

TEST_CASE("local time is ahead of UTC by the zone's offset, also over midnight and the end of a year") {
  const micros noon = 1'795'348'800 * second;
  CHECK(text_of(noon) == "Sunday, November 22 2026 12:00:00");
  CHECK(text_of(noon, 3'600) == "Sunday, November 22 2026 13:00:00");
  CHECK(text_of(noon, -18 * 3'600) == "Saturday, November 21 2026 18:00:00");
  const micros new_year = 1'798'761'600 * second;
  CHECK(text_of(new_year - 1) == "Thursday, December 31 2026 23:59:59");
  CHECK(text_of(new_year - 1, 1) == "Friday, January 01 2027 00:00:00");
  CHECK(text_of(0, -1) == "Wednesday, December 31 1969 23:59:59");
}

TEST_CASE("local time knows leap days, and that 2100 has none") {
  CHECK(text_of(951'782'400 * second) == "Tuesday, February 29 2000 00:00:00");
  CHECK(text_of(1'835'395'200 * second) == "Tuesday, February 29 2028 00:00:00");
  CHECK(text_of(4'107'542'399 * second, 1) == "Monday, March 01 2100 00:00:00");
}

TEST_CASE("local time fits its text for every time and every offset that there is") {
  constexpr auto least = std::numeric_limits<micros>::min();
  constexpr auto most = std::numeric_limits<micros>::max();
  constexpr auto least_offset = std::numeric_limits<std::int32_t>::min();
  constexpr auto most_offset = std::numeric_limits<std::int32_t>::max();
  CHECK(text_of(most, 0) == known(most / second));
  CHECK(text_of(least, 0) == known(least / second - 1));
  CHECK(text_of(most, most_offset) == known(most / second + most_offset));
  CHECK(text_of(least, least_offset) == known(least / second - 1 + least_offset));
}

}  // namespace
}  // namespace sealpost::test
