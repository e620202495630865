#pragma once

#include <array>
#include <functional>
#include <optional>
#include <vector>

#include "linux/greenhouse.hpp"
#include "linux/sensor_fault.hpp"
#include "sealpost/platform.hpp"

namespace sealpost::posix {

/// One sensor and what goes wrong with it.
template <class Values>
class simulated_sensor final : public sensor<Values> {
 public:
  simulated_sensor(monotonic_clock& clock, std::function<Values()> measure, std::vector<sensor_fault> faults)
      : clock_(clock), measure_(std::move(measure)), faults_(std::move(faults)) {}

  [[nodiscard]] bool begin() override;
  [[nodiscard]] bool read(Values& values) override;

 private:
  [[nodiscard]] std::optional<fault_kind> fault() const;

  monotonic_clock& clock_;
  std::function<Values()> measure_;
  std::vector<sensor_fault> faults_;
  std::optional<Values> last_;
  std::size_t impossible_ = 0;
};

extern template class simulated_sensor<bmp280_values>;
extern template class simulated_sensor<mpu6050_values>;
extern template class simulated_sensor<sht4x_values>;

/// BMP280, MPU-6050 and SHT4x on one board in a greenhouse: they agree but for their own offsets and noise. For one
/// thread.
class simulated_sensors {
 public:
  /// The same seed gives the same values at the same times. Faults go by the uptime of `clock`, the air by `true_time`,
  /// which is since 1970.
  simulated_sensors(std::uint64_t seed, monotonic_clock& clock, std::function<micros()> true_time,
                    const std::vector<sensor_fault>& faults);
  simulated_sensors(const simulated_sensors&) = delete;
  simulated_sensors& operator=(const simulated_sensors&) = delete;

  [[nodiscard]] sensor<bmp280_values>& bmp280() { return bmp280_; }
  [[nodiscard]] sensor<mpu6050_values>& mpu6050() { return mpu6050_; }
  [[nodiscard]] sensor<sht4x_values>& sht4x() { return sht4x_; }

 private:
  /// How a sensor differs from a perfect one, always the same way, and its noise, which is the same whatever happens to
  /// the other sensors.
  struct part {
    part(std::uint64_t seed, std::uint64_t number) : noise(seed ^ (number << 32U)) {}
    seeded_noise noise;
    double temperature_offset = 0;
  };

  [[nodiscard]] air air_now() const { return greenhouse_.air_at(true_time_()); }
  [[nodiscard]] bmp280_values measure_bmp280();
  [[nodiscard]] mpu6050_values measure_mpu6050();
  [[nodiscard]] sht4x_values measure_sht4x();

  std::function<micros()> true_time_;
  seeded_noise place_;
  greenhouse greenhouse_;
  part bmp280_part_;
  part mpu6050_part_;
  part sht4x_part_;
  double pressure_offset_;
  double humidity_offset_;
  std::array<double, 3> gyro_bias_{};

  simulated_sensor<bmp280_values> bmp280_;
  simulated_sensor<mpu6050_values> mpu6050_;
  simulated_sensor<sht4x_values> sht4x_;
};

}  // namespace sealpost::posix
