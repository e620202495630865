#include "sealpost/time/local_time.hpp"

#include <algorithm>
#include <cstdio>

namespace sealpost {
namespace {

constexpr std::array<const char*, 7> weekdays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                 "Thursday", "Friday", "Saturday"};
// Years begin in March here, so that the leap day is the last of its year, century and so on.
constexpr std::array<const char*, 12> months = {"March",     "April",   "May",      "June",     "July",    "August",
                                                "September", "October", "November", "December", "January", "February"};
constexpr std::array<int, 12> days_before_month = {0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337};

constexpr std::int64_t seconds_in_day = 86'400;
constexpr std::int64_t thursday = 4;
/// From 1 January 1970, a Thursday, to 1 March 2000, when a cycle of 400 years began.
constexpr std::int64_t days_to_cycle = 11'017;
constexpr int days_in_year = 365;
constexpr int days_in_4_years = 4 * days_in_year + 1;
constexpr int days_in_century = 25 * days_in_4_years - 1;
constexpr int days_in_cycle = 4 * days_in_century + 1;

/// Both as division of whole numbers should be, also below zero.
constexpr std::int64_t floor_divide(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}
constexpr int remainder_of(std::int64_t value, std::int64_t by) {
  return static_cast<int>(value - floor_divide(value, by) * by);
}

struct date {
  int year, month, day;
};

date date_of(std::int64_t days_since_1970) {
  const std::int64_t days = days_since_1970 - days_to_cycle;
  const auto cycle = static_cast<int>(floor_divide(days, days_in_cycle));
  int left = remainder_of(days, days_in_cycle);
  // The last century of a cycle and the last year of four are a day longer than the ones before.
  const int century = std::min(left / days_in_century, 3);
  left -= century * days_in_century;
  const int four = left / days_in_4_years;
  left -= four * days_in_4_years;
  const int year = std::min(left / days_in_year, 3);
  left -= year * days_in_year;
  int month = 11;
  while (days_before_month[static_cast<std::size_t>(month)] > left) month -= 1;
  const int january_on = month >= 10 ? 1 : 0;
  return {2000 + 400 * cycle + 100 * century + 4 * four + year + january_on, month,
          left - days_before_month[static_cast<std::size_t>(month)] + 1};
}

}  // namespace

local_time_text local_time(micros time, std::int32_t utc_offset_seconds) {
  const std::int64_t seconds = floor_divide(time, second) + utc_offset_seconds;
  const std::int64_t days = floor_divide(seconds, seconds_in_day);
  const int of_day = remainder_of(seconds, seconds_in_day);
  const date date = date_of(days);
  local_time_text text{};
  // It always fits: the year of a 64-bit microsecond has at most 7 characters.
  (void)std::snprintf(text.data(), text.size(), "%s, %s %02d %d %02d:%02d:%02d",
                      weekdays[static_cast<std::size_t>(remainder_of(days + thursday, 7))],
                      months[static_cast<std::size_t>(date.month)], date.day, date.year, of_day / 3600,
                      of_day / 60 % 60, of_day % 60);
  return text;
}

}  // namespace sealpost
