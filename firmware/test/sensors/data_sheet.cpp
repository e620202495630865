#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "sealpost/sensors/sensor_watch.hpp"

namespace sealpost::test {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

/// Whether a server, which compares doubles with the bounds of docs/protocol-v1.md, section 6.1, would take the value.
bool server_takes(float value, double least, double most) {
  const double wide = value;
  return wide >= least && wide <= most;
}

/// Both bounds, the floats on either side of them, and what is no number.
std::vector<float> around(double least, double most) {
  std::vector<float> values = {0, infinity, -infinity, not_a_number, std::numeric_limits<float>::max()};
  for (const double bound : {least, most}) {
    const auto nearest = static_cast<float>(bound);
    for (const float value : {nearest, std::nextafter(nearest, infinity), std::nextafter(nearest, -infinity)}) {
      values.push_back(value);
    }
  }
  return values;
}

/// Puts each value in turn where `member` is and holds the device's judgement against the server's.
template <class Values, class Member>
void check_bounds(Values values, Member member, double least, double most) {
  REQUIRE(within_data_sheet(values));
  for (const float value : around(least, most)) {
    CAPTURE(value);
    member(values) = value;
    CHECK(within_data_sheet(values) == server_takes(value, least, most));
  }
}

TEST_CASE("a BMP280 is believed exactly as far as the server believes it") {
  const bmp280_values right{20, 101'325};
  check_bounds(right, [](auto& values) -> float& { return values.temperature_celsius; }, -40, 85);
  check_bounds(right, [](auto& values) -> float& { return values.pressure_pascals; }, 30'000, 110'000);
}

TEST_CASE("an MPU-6050 is believed exactly as far as the server believes it, on each axis") {
  const mpu6050_values right{{0, 0, 9.81F}, {0, 0, 0}, 25};
  for (float vector3::* axis : {&vector3::x, &vector3::y, &vector3::z}) {
    check_bounds(right, [axis](auto& values) -> float& { return values.acceleration_mps2.*axis; }, -156.91, 156.91);
    check_bounds(right, [axis](auto& values) -> float& { return values.angular_velocity_rps.*axis; }, -34.91, 34.91);
  }
  check_bounds(right, [](auto& values) -> float& { return values.temperature_celsius; }, -40, 85);
}

TEST_CASE("an SHT4x is believed exactly as far as the server believes it") {
  const sht4x_values right{20, 50};
  check_bounds(right, [](auto& values) -> float& { return values.temperature_celsius; }, -40, 125);
  check_bounds(right, [](auto& values) -> float& { return values.humidity_percent; }, 0, 100);
}

TEST_CASE("16 g and 2000 °/s on every axis, as 32-bit floats have them, are within the data sheet") {
  const float g = 16 * 9.80665F;
  const float rate = 2000 * 0.017453293F;
  CHECK(within_data_sheet(mpu6050_values{{g, g, g}, {rate, rate, rate}, 0}));
  CHECK(within_data_sheet(mpu6050_values{{-g, -g, -g}, {-rate, -rate, -rate}, 0}));
}

}  // namespace
}  // namespace sealpost::test
