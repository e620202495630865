#pragma once

#include <optional>

#include "sealpost/platform.hpp"

/// What a sensor says, believed only where it can be true.
namespace sealpost {

enum class sensor_state : std::uint8_t {
  /// It answers, within its data sheet.
  working,
  /// It was never found.
  absent,
  /// It was there and does not answer.
  failing,
  /// It says the very same again and again.
  frozen,
  /// It says what its data sheet rules out.
  out_of_range,
};
[[nodiscard]] const char* describe(sensor_state state);

/// Whether every value is finite and one that the data sheet allows; bounds are in docs/protocol-v1.md, section 6.1.
[[nodiscard]] bool within_data_sheet(const bmp280_values& values);
[[nodiscard]] bool within_data_sheet(const mpu6050_values& values);
[[nodiscard]] bool within_data_sheet(const sht4x_values& values);

/// One sensor over time: reads it, begins it anew with back-off when it does not answer, is frozen or out of range.
template <class Values>
class sensor_watch {
 public:
  explicit sensor_watch(sensor<Values>& sensor) : sensor_(sensor) {}
  /// One reading of it, or nothing.
  [[nodiscard]] std::optional<Values> sample(micros now);
  [[nodiscard]] sensor_state state() const { return state_; }

 private:
  sensor<Values>& sensor_;
  sensor_state state_ = sensor_state::absent;
  // The rest is the implementation's.
};

}  // namespace sealpost
