#include "sealpost/sensors/sensor_watch.hpp"

namespace sealpost {
namespace {

/// Written so that NaN is outside.
bool within(float value, float least, float most) { return value >= least && value <= most; }

bool within(const vector3& value, float full_scale) {
  return within(value.x, -full_scale, full_scale) && within(value.y, -full_scale, full_scale) &&
         within(value.z, -full_scale, full_scale);
}

/// InvenSense PS-MPU-6000A-00, sections 6.1 and 6.2: 16 g and 2000 °/s, rounded up to 156.91 and 34.91. Of the first
/// this is the greatest float below; the nearest one is above, and a server, which compares doubles, would refuse it.
constexpr float full_scale_mps2 = 156.90999F;
constexpr float full_scale_rps = 34.91F;

}  // namespace

/// Bosch BST-BMP280-DS001, table 2: operating range.
bool within_data_sheet(const bmp280_values& values) {
  return within(values.temperature_celsius, -40, 85) && within(values.pressure_pascals, 30'000, 110'000);
}

/// PS-MPU-6000A-00, section 6.4, for the temperature: operating range.
bool within_data_sheet(const mpu6050_values& values) {
  return within(values.acceleration_mps2, full_scale_mps2) && within(values.angular_velocity_rps, full_scale_rps) &&
         within(values.temperature_celsius, -40, 85);
}

/// Sensirion SHT4x data sheet, sections 2.1 and 2.2.
bool within_data_sheet(const sht4x_values& values) {
  return within(values.temperature_celsius, -40, 125) && within(values.humidity_percent, 0, 100);
}

}  // namespace sealpost
