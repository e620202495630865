#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "sealpost/micros.hpp"
#include "sealpost/sensor_values.hpp"

namespace sealpost {

/// The clock behind a stamp (docs/protocol-v1.md, section 6.1); the numbers are those of the wire and of the log.
enum class time_source : std::uint8_t { uptime = 1, server = 2, ntp = 3 };

/// The best clock at a moment. `time` is since 1970, and nothing where `source` is uptime.
struct stamp {
  time_source source = time_source::uptime;
  std::optional<micros> time;
};

/// One pass over the sensors. A sensor that is absent or has failed is nothing, never zeros.
struct reading {
  /// The boot that took it, not 0. (boot_id, sequence) identifies it.
  std::uint64_t boot_id = 0;
  /// From 1 in each boot.
  std::uint64_t sequence = 0;
  micros uptime = 0;
  stamp collected;
  std::optional<bmp280_values> bmp280;
  std::optional<mpu6050_values> mpu6050;
  std::optional<sht4x_values> sht4x;
};

/// Readings that may be sealed together.
constexpr std::size_t most_readings_in_batch = 64;

}  // namespace sealpost
