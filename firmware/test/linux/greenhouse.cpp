#include "linux/greenhouse.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace sealpost::test {
namespace {

using posix::air;
using posix::greenhouse;
using posix::seeded_noise;

constexpr micros hour = 60 * minute;
/// 22 November 2026.
constexpr micros midnight = 1'795'305'600 * second;

greenhouse some_greenhouse(std::uint64_t seed) {
  seeded_noise noise(seed);
  return greenhouse(noise);
}

TEST_CASE("noise is the same for the same seed, uniform from 0 to 1, and normal around 0") {
  seeded_noise one(7);
  seeded_noise same(7);
  seeded_noise other(8);
  double sum = 0;
  double squares = 0;
  int different = 0;
  constexpr int count = 20'000;
  for (int time = 0; time < count; time += 1) {
    const double value = one.uniform();
    CHECK(value == same.uniform());
    if (value != other.uniform()) different += 1;
    REQUIRE((value >= 0 && value < 1));
    const double normal = one.normal(2);
    CHECK(normal == same.normal(2));
    sum += normal;
    squares += normal * normal;
  }
  CHECK(different > count - 10);
  CHECK(std::abs(sum / count) < 0.06);
  CHECK(std::sqrt(squares / count) == doctest::Approx(2).epsilon(0.02));
}

TEST_CASE("a greenhouse is warmest at three in the afternoon, and dampest when it is cool") {
  const greenhouse house = some_greenhouse(11);
  std::vector<air> hours;
  for (int at = 0; at < 24; at += 1) hours.push_back(house.air_at(midnight + at * hour));
  const auto warmer = [](const air& left, const air& right) {
    return left.temperature_celsius < right.temperature_celsius;
  };
  const auto damper = [](const air& left, const air& right) { return left.humidity_percent < right.humidity_percent; };
  const auto [coolest, warmest] = std::minmax_element(hours.begin(), hours.end(), warmer);
  const auto dampest = std::max_element(hours.begin(), hours.end(), damper);
  CHECK(std::abs(warmest - hours.begin() - 15) <= 1);
  CHECK(warmest->temperature_celsius - coolest->temperature_celsius > 10);
  CHECK(dampest->temperature_celsius < (coolest->temperature_celsius + warmest->temperature_celsius) / 2);
}

TEST_CASE("a greenhouse's pressure drifts with the weather: little in an hour, much in a week") {
  const greenhouse house = some_greenhouse(11);
  double before = house.air_at(midnight).pressure_pascals;
  double least = before;
  double most = before;
  for (int at = 1; at < 7 * 24; at += 1) {
    const double pressure = house.air_at(midnight + at * hour).pressure_pascals;
    CHECK(std::abs(pressure - before) < 150);
    before = pressure;
    least = std::min(least, pressure);
    most = std::max(most, pressure);
  }
  CHECK(most - least > 1'000);
}

TEST_CASE("a greenhouse has the same air whenever one asks for the same moment, and another greenhouse has other air") {
  const air first = some_greenhouse(11).air_at(midnight);
  const greenhouse house = some_greenhouse(11);
  (void)house.air_at(midnight + day);
  const air again = house.air_at(midnight);
  CHECK(again.temperature_celsius == first.temperature_celsius);
  CHECK(again.humidity_percent == first.humidity_percent);
  CHECK(again.pressure_pascals == first.pressure_pascals);
  CHECK(some_greenhouse(12).air_at(midnight).pressure_pascals != first.pressure_pascals);
}

}  // namespace
}  // namespace sealpost::test
