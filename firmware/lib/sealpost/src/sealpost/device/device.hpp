#pragma once

#include "sealpost/device/periodic.hpp"
#include "sealpost/log/reading_log.hpp"
#include "sealpost/sensors/sensor_watch.hpp"
#include "sealpost/time/device_clock.hpp"
#include "sealpost/wire/link.hpp"

/// A whole device, from one boot to its end: everything but the board.
namespace sealpost {

/// What a person asks a device.
struct device_view {
  std::uint64_t boot_id = 0;
  micros uptime = 0;
  bool has_session = false;
  stamp clock;
  std::uint32_t pending = 0;
  std::uint64_t dropped = 0;
  std::uint64_t receipted = 0;
  std::uint64_t uploads = 0;
  std::uint64_t handshakes = 0;
  sensor_state bmp280 = sensor_state::absent;
  sensor_state mpu6050 = sensor_state::absent;
  sensor_state sht4x = sensor_state::absent;
};

class device {
 public:
  device(const device_identity& identity, const platform& platform);

  /// Counts the boot, mounts the log. Call it first, once. Whatever fails is logged, and the device runs all the same:
  /// readings that flash does not take go out from memory.
  void begin();

  /// Does what of `job` is due and gives the uptime at which it wants to run again. Each job from one thread; different
  /// jobs may run at the same time.
  [[nodiscard]] micros run(job job);

  [[nodiscard]] device_view view();

 private:
  // The implementation's.
};

}  // namespace sealpost
