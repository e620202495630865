#include "linux/simulated_sensors.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

namespace sealpost::posix {
namespace {

constexpr double gravity = 9.80665;
constexpr double degree = 3.14159265358979323846 / 180;
/// ±8 g and ±500 °/s, as the firmware sets the MPU-6050, over 16 bits (PS-MPU-6000A-00, sections 6.1 and 6.2).
constexpr double acceleration_step = gravity / 4096;
constexpr double angular_velocity_step = degree / 65.5;

/// What a sensor that counts in steps says of a value.
float in_steps(double value, double step, double least, double most) {
  return static_cast<float>(std::clamp(std::round(value / step) * step, least, most));
}

/// As in_steps for 16 bits with a sign: beyond full scale, the sensor shows full scale.
float in_codes(double value, double step) { return in_steps(value, step, -32'768 * step, 32'767 * step); }

std::vector<sensor_fault> faults_of(board_sensor sensor, const std::vector<sensor_fault>& all) {
  std::vector<sensor_fault> own;
  std::copy_if(all.begin(), all.end(), std::back_inserter(own),
               [sensor](const sensor_fault& fault) { return fault.sensor == sensor; });
  return own;
}

/// What no sensor can say, one after the other.
constexpr std::array impossible_temperatures = {-300.0F, 1'000.0F, std::numeric_limits<float>::quiet_NaN(),
                                                std::numeric_limits<float>::infinity()};

}  // namespace

template <class Values>
bool simulated_sensor<Values>::begin() {
  return fault() != fault_kind::absent;
}

template <class Values>
bool simulated_sensor<Values>::read(Values& values) {
  const std::optional<fault_kind> wrong = fault();
  if (wrong == fault_kind::absent || wrong == fault_kind::failing) return false;
  if (wrong != fault_kind::frozen || !last_) last_ = measure_();
  values = *last_;
  if (wrong == fault_kind::out_of_range) {
    values.temperature_celsius = impossible_temperatures[impossible_];
    impossible_ = (impossible_ + 1) % impossible_temperatures.size();
  }
  return true;
}

template <class Values>
std::optional<fault_kind> simulated_sensor<Values>::fault() const {
  const micros now = clock_.uptime();
  for (const sensor_fault& each : faults_) {
    if (each.when.contains(now)) return each.kind;
  }
  return std::nullopt;
}

template class simulated_sensor<bmp280_values>;
template class simulated_sensor<mpu6050_values>;
template class simulated_sensor<sht4x_values>;

simulated_sensors::simulated_sensors(std::uint64_t seed, monotonic_clock& clock, std::function<micros()> true_time,
                                     const std::vector<sensor_fault>& faults)
    : true_time_(std::move(true_time)),
      place_(seed),
      greenhouse_(place_),
      bmp280_part_(seed, 1),
      mpu6050_part_(seed, 2),
      sht4x_part_(seed, 3),
      pressure_offset_(bmp280_part_.noise.normal(50)),
      humidity_offset_(sht4x_part_.noise.normal(1)),
      bmp280_(
          clock, [this] { return measure_bmp280(); }, faults_of(board_sensor::bmp280, faults)),
      mpu6050_(
          clock, [this] { return measure_mpu6050(); }, faults_of(board_sensor::mpu6050, faults)),
      sht4x_(clock, [this] { return measure_sht4x(); }, faults_of(board_sensor::sht4x, faults)) {
  bmp280_part_.temperature_offset = bmp280_part_.noise.normal(0.4);
  // Warmed by the chips around it.
  mpu6050_part_.temperature_offset = 3 + 2 * mpu6050_part_.noise.uniform();
  sht4x_part_.temperature_offset = sht4x_part_.noise.normal(0.1);
  for (double& bias : gyro_bias_) bias = mpu6050_part_.noise.normal(2 * degree);
}

/// Bosch BST-BMP280-DS001: 0.01 °C, 0.16 Pa, and 1.3 Pa of noise (section 3.5).
bmp280_values simulated_sensors::measure_bmp280() {
  const air air = air_now();
  seeded_noise& noise = bmp280_part_.noise;
  return {in_steps(air.temperature_celsius + bmp280_part_.temperature_offset + noise.normal(0.01), 0.01, -40, 85),
          in_steps(air.pressure_pascals + pressure_offset_ + noise.normal(1.3), 0.16, 30'000, 110'000)};
}

/// Lies flat; now and then somebody bumps the table.
mpu6050_values simulated_sensors::measure_mpu6050() {
  const air air = air_now();
  seeded_noise& noise = mpu6050_part_.noise;
  const double knock = noise.uniform() < 1.0 / 500 ? 1 : 0;
  const auto acceleration = [&](double along) {
    return in_codes(along + noise.normal(0.03 + 3 * knock), acceleration_step);
  };
  const auto angular_velocity = [&](double bias) {
    return in_codes(bias + noise.normal(0.05 * degree + 0.5 * knock), angular_velocity_step);
  };
  return {
      {acceleration(0), acceleration(0), acceleration(gravity)},
      {angular_velocity(gyro_bias_[0]), angular_velocity(gyro_bias_[1]), angular_velocity(gyro_bias_[2])},
      // PS-MPU-6000A-00, section 6.4: 340 steps a degree.
      in_steps(air.temperature_celsius + mpu6050_part_.temperature_offset + noise.normal(0.05), 1.0 / 340, -40, 85)};
}

/// Sensirion SHT4x data sheet, section 4.6: 16 bits over 175 °C and over 125 %, and the ends of humidity cut off.
sht4x_values simulated_sensors::measure_sht4x() {
  const air air = air_now();
  seeded_noise& noise = sht4x_part_.noise;
  return {
      in_steps(air.temperature_celsius + sht4x_part_.temperature_offset + noise.normal(0.02), 175.0 / 65'535, -40, 125),
      in_steps(air.humidity_percent + humidity_offset_ + noise.normal(0.1), 125.0 / 65'535, 0, 100)};
}

}  // namespace sealpost::posix
