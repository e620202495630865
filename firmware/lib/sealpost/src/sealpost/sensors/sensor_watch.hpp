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
  /// It says the very same again and again, or nothing but zeros, as one does that sleeps.
  frozen,
  /// It says what its data sheet rules out.
  out_of_range,
};
[[nodiscard]] const char* describe(sensor_state state);

/// Whether every value is finite and one that the data sheet allows; bounds are in docs/protocol-v1.md, section 6.1.
[[nodiscard]] bool within_data_sheet(const bmp280_values& values);
[[nodiscard]] bool within_data_sheet(const mpu6050_values& values);
[[nodiscard]] bool within_data_sheet(const sht4x_values& values);

/// As many readings in a row that are the same to the last bit make a sensor frozen. The quietest of the three is the
/// BMP280 behind its strongest filter: 0.2 Pa of noise over steps of 0.16 Pa (BST-BMP280-DS001, sections 3.3.1 and
/// 3.5), so two readings of a living one agree once in four times, and this many once in 10^18. In saturated air it is
/// the SHT4x's temperature that still moves.
constexpr std::uint8_t frozen_after = 30;

/// A sensor that fails is begun anew at once, then after this wait, then after twice that, and so on.
constexpr micros first_sensor_wait = 5 * second;
constexpr micros most_sensor_wait = 5 * minute;

/// One sensor over time: reads it, and begins it anew when it does not answer, is frozen or out of range. One that does
/// not answer is left alone in between, for asking it costs time on the bus.
template <class Values>
class sensor_watch {
 public:
  explicit sensor_watch(sensor<Values>& sensor) : sensor_(sensor) {}
  /// One reading of it, or nothing.
  [[nodiscard]] std::optional<Values> sample(micros now);
  [[nodiscard]] sensor_state state() const { return state_; }
  /// How often it said what its data sheet rules out.
  [[nodiscard]] std::uint32_t refused() const { return refused_; }

 private:
  void begin_anew(micros now);
  [[nodiscard]] sensor_state judge(const Values& values);

  sensor<Values>& sensor_;
  sensor_state state_ = sensor_state::absent;
  bool answers_ = false;
  std::uint8_t repeated_ = 0;
  std::uint32_t refused_ = 0;
  micros next_begin_ = 0;
  micros wait_ = first_sensor_wait;
  Values last_{};
};

extern template class sensor_watch<bmp280_values>;
extern template class sensor_watch<mpu6050_values>;
extern template class sensor_watch<sht4x_values>;

}  // namespace sealpost
