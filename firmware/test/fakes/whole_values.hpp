#pragma once

#include <doctest/doctest.h>

#include <optional>

#include "sealpost/reading.hpp"

/// Comparing and showing the core's values whole, for tests only.
namespace sealpost {

inline bool operator==(const stamp& left, const stamp& right) {
  return left.source == right.source && left.time == right.time;
}

inline bool operator==(const vector3& left, const vector3& right) {
  return left.x == right.x && left.y == right.y && left.z == right.z;
}

inline bool operator==(const bmp280_values& left, const bmp280_values& right) {
  return left.temperature_celsius == right.temperature_celsius && left.pressure_pascals == right.pressure_pascals;
}

inline bool operator==(const mpu6050_values& left, const mpu6050_values& right) {
  return left.acceleration_mps2 == right.acceleration_mps2 && left.angular_velocity_rps == right.angular_velocity_rps &&
         left.temperature_celsius == right.temperature_celsius;
}

inline bool operator==(const sht4x_values& left, const sht4x_values& right) {
  return left.temperature_celsius == right.temperature_celsius && left.humidity_percent == right.humidity_percent;
}

}  // namespace sealpost

namespace doctest {

template <class T>
struct StringMaker<std::optional<T>> {
  static String convert(const std::optional<T>& value) { return value ? toString(*value) : String("nothing"); }
};

template <>
struct StringMaker<sealpost::stamp> {
  static String convert(const sealpost::stamp& stamp) {
    return "{source " + toString(static_cast<int>(stamp.source)) + ", time " + toString(stamp.time) + "}";
  }
};

template <>
struct StringMaker<sealpost::bmp280_values> {
  static String convert(const sealpost::bmp280_values& values) {
    return "{" + toString(values.temperature_celsius) + " °C, " + toString(values.pressure_pascals) + " Pa}";
  }
};

template <>
struct StringMaker<sealpost::sht4x_values> {
  static String convert(const sealpost::sht4x_values& values) {
    return "{" + toString(values.temperature_celsius) + " °C, " + toString(values.humidity_percent) + " %}";
  }
};

}  // namespace doctest
