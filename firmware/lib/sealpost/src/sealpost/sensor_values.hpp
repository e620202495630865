#pragma once

namespace sealpost {

/// Along the sensor's own axes, in the unit of the member that holds it.
struct vector3 {
  float x, y, z;
};

/// Bosch BMP280.
struct bmp280_values {
  float temperature_celsius, pressure_pascals;
};

/// InvenSense MPU-6050.
struct mpu6050_values {
  vector3 acceleration_mps2, angular_velocity_rps;
  float temperature_celsius;
};

/// Sensirion SHT40, SHT41 or SHT45.
struct sht4x_values {
  float temperature_celsius, humidity_percent;
};

}  // namespace sealpost
