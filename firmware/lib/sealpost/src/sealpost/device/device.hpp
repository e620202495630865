#pragma once

#include "sealpost/device/periodic.hpp"
#include "sealpost/device/uploader.hpp"
#include "sealpost/sensors/sensor_watch.hpp"
#include "sealpost/time/time_keeper.hpp"

/// A whole device, from one boot to its end: everything but the board.
namespace sealpost {

/// What a person asks of a device.
struct device_view {
  std::uint64_t boot_id = 0;
  micros uptime = 0;
  bool has_session = false;
  stamp clock;
  /// Readings that wait for a receipt, and those lost for want of room since the board was first used.
  std::uint32_t pending = 0;
  std::uint64_t dropped = 0;
  // Since the boot.
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

  /// Counts the boot and mounts the log. Call it first, once. Whatever fails is logged and the device runs all the
  /// same: a reading that flash does not take goes out from memory.
  void begin();

  /// Samples at this interval, whatever the server asks for. For tests, which may go below 1 s.
  void pin_sample_interval(micros interval);

  /// Does what of `job` is due and gives the uptime at which it wants to run again. One thread for each job; different
  /// jobs may run at the same time.
  [[nodiscard]] micros run(job job);

  [[nodiscard]] device_view view();

 private:
  micros update_sensor_data();
  micros print_local_time();
  micros update_with_ntp();
  micros shake_hands();

  void sample(micros now);
  void upload();
  void report_clock(clock_source source, micros patience);
  void adopt(const std::optional<micros>& server_time, const device_settings& settings, micros asked, micros returned);
  /// Says so when NTP and the server begin to contradict each other.
  void weigh_clocks();
  [[nodiscard]] bool take_beat(periodic& beat, micros now);

  const platform& platform_;
  link link_;

  // update_sensor_data's own.
  uploader uploader_;
  sensor_watch<bmp280_values> bmp280_;
  sensor_watch<mpu6050_values> mpu6050_;
  sensor_watch<sht4x_values> sht4x_;
  std::uint64_t boot_id_ = 0;
  std::uint64_t sequence_ = 0;

  // Under platform.state_mutex.
  time_keeper time_;
  periodic sample_beat_{10 * second};
  periodic local_time_beat_{second};
  periodic ntp_beat_{minute};
  bool sample_interval_is_pinned_ = false;
  device_view view_;
};

}  // namespace sealpost
