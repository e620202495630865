#pragma once

#include <Adafruit_BMP280.h>
#include <Adafruit_MPU6050.h>
#include <Adafruit_SHT4x.h>
#include <Wire.h>

#include "sealpost/platform.hpp"

/// The three sensors on one I2C bus, for one task.
namespace sealpost::esp32 {

/// Whether a device acknowledges its address. Adafruit's BMP280 and MPU6050 don't tell that a read failed and give what
/// their buffers held before: asking after the read does.
[[nodiscard]] inline bool answers(std::uint8_t address) {
  Wire.beginTransmission(address);
  return Wire.endTransmission() == 0;
}

class bmp280_sensor final : public sensor<bmp280_values> {
 public:
  [[nodiscard]] bool begin() override {
    address_ = device_.begin(BMP280_ADDRESS_ALT) ? BMP280_ADDRESS_ALT : BMP280_ADDRESS;
    if (address_ == BMP280_ADDRESS && !device_.begin(BMP280_ADDRESS)) return false;
    // Twice a second: noise below 1 Pa, which is 10 cm of height, and never older than the sample that asks.
    device_.setSampling(Adafruit_BMP280::MODE_NORMAL, Adafruit_BMP280::SAMPLING_X2, Adafruit_BMP280::SAMPLING_X16,
                        Adafruit_BMP280::FILTER_X4, Adafruit_BMP280::STANDBY_MS_500);
    return answers(address_);
  }
  [[nodiscard]] bool read(bmp280_values& values) override {
    values = {device_.readTemperature(), device_.readPressure()};
    return answers(address_);
  }

 private:
  Adafruit_BMP280 device_;
  std::uint8_t address_ = 0;
};

class mpu6050_sensor final : public sensor<mpu6050_values> {
 public:
  [[nodiscard]] bool begin() override {
    if (!device_.begin()) return false;
    device_.setAccelerometerRange(MPU6050_RANGE_8_G);
    device_.setGyroRange(MPU6050_RANGE_500_DEG);
    device_.setFilterBandwidth(MPU6050_BAND_21_HZ);
    return answers(MPU6050_I2CADDR_DEFAULT);
  }
  [[nodiscard]] bool read(mpu6050_values& values) override {
    sensors_event_t moved{};
    sensors_event_t turned{};
    sensors_event_t warmth{};
    if (!device_.getEvent(&moved, &turned, &warmth)) return false;
    values = {{moved.acceleration.x, moved.acceleration.y, moved.acceleration.z},
              {turned.gyro.x, turned.gyro.y, turned.gyro.z},
              warmth.temperature};
    return answers(MPU6050_I2CADDR_DEFAULT);
  }

 private:
  Adafruit_MPU6050 device_;
};

class sht4x_sensor final : public sensor<sht4x_values> {
 public:
  /// Once found it is only reset: a version of its library frees the same memory twice when its begin() succeeds, then
  /// fails, then fails again, which is what an unplugged sensor does.
  [[nodiscard]] bool begin() override { return was_found_ ? device_.reset() : (was_found_ = device_.begin()); }
  [[nodiscard]] bool read(sht4x_values& values) override {
    sensors_event_t humidity{};
    sensors_event_t warmth{};
    if (!device_.getEvent(&humidity, &warmth)) return false;
    values = {warmth.temperature, humidity.relative_humidity};
    return true;
  }

 private:
  Adafruit_SHT4x device_;
  bool was_found_ = false;
};

}  // namespace sealpost::esp32
