#pragma once

#include <cstdint>
#include <limits>

#include "linux/uptime_span.hpp"

namespace sealpost::posix {

enum class board_sensor : std::uint8_t { bmp280, mpu6050, sht4x };
enum class fault_kind : std::uint8_t { absent, failing, frozen, out_of_range };

/// What is wrong with a sensor, and when.
struct sensor_fault {
  board_sensor sensor = board_sensor::bmp280;
  fault_kind kind = fault_kind::absent;
  uptime_span when{0, std::numeric_limits<micros>::max()};
};

}  // namespace sealpost::posix
