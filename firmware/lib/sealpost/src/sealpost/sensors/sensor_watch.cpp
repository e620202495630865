#include "sealpost/sensors/sensor_watch.hpp"

#include <algorithm>

namespace sealpost {
namespace {

bool same(const vector3& left, const vector3& right) {
  return left.x == right.x && left.y == right.y && left.z == right.z;
}

bool same(const bmp280_values& left, const bmp280_values& right) {
  return left.temperature_celsius == right.temperature_celsius && left.pressure_pascals == right.pressure_pascals;
}

bool same(const mpu6050_values& left, const mpu6050_values& right) {
  return same(left.acceleration_mps2, right.acceleration_mps2) &&
         same(left.angular_velocity_rps, right.angular_velocity_rps) &&
         left.temperature_celsius == right.temperature_celsius;
}

bool same(const sht4x_values& left, const sht4x_values& right) {
  return left.temperature_celsius == right.temperature_celsius && left.humidity_percent == right.humidity_percent;
}

bool is_zero(const vector3& value) { return value.x == 0 && value.y == 0 && value.z == 0; }

/// An MPU-6050 that has lost power for a moment answers, sleeps, and says zeros (RM-MPU-6000A-00, section 3): one that
/// is awake has its noise, even in free fall.
bool sleeps(const mpu6050_values& values) {
  return is_zero(values.acceleration_mps2) && is_zero(values.angular_velocity_rps);
}
bool sleeps(const bmp280_values&) { return false; }
bool sleeps(const sht4x_values&) { return false; }

}  // namespace

const char* describe(sensor_state state) {
  switch (state) {
    case sensor_state::working:
      return "working";
    case sensor_state::absent:
      return "absent";
    case sensor_state::failing:
      return "failing";
    case sensor_state::frozen:
      return "frozen";
    case sensor_state::out_of_range:
      return "out of range";
  }
  return "unknown";
}

template <class Values>
std::optional<Values> sensor_watch<Values>::sample(micros now) {
  if (state_ != sensor_state::working && now >= next_begin_) begin_anew(now);
  if (!answers_) return std::nullopt;
  Values values{};
  answers_ = sensor_.read(values);
  const sensor_state before = state_;
  state_ = answers_ ? judge(values) : sensor_state::failing;
  if (state_ == sensor_state::working) return values;
  if (before == sensor_state::working) {
    next_begin_ = now;
    wait_ = first_sensor_wait;
  }
  return std::nullopt;
}

template <class Values>
void sensor_watch<Values>::begin_anew(micros now) {
  next_begin_ = now + wait_;
  wait_ = std::min(2 * wait_, most_sensor_wait);
  answers_ = sensor_.begin();
  if (!answers_ && state_ != sensor_state::absent) state_ = sensor_state::failing;
}

template <class Values>
sensor_state sensor_watch<Values>::judge(const Values& values) {
  if (!within_data_sheet(values)) {
    refused_ += 1;
    return sensor_state::out_of_range;
  }
  if (sleeps(values)) return sensor_state::frozen;
  repeated_ = same(values, last_) ? std::min<std::uint8_t>(repeated_ + 1, frozen_after) : 1;
  last_ = values;
  return repeated_ < frozen_after ? sensor_state::working : sensor_state::frozen;
}

template class sensor_watch<bmp280_values>;
template class sensor_watch<mpu6050_values>;
template class sensor_watch<sht4x_values>;

}  // namespace sealpost
