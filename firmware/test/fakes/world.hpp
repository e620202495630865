#pragma once

#include <memory>
#include <utility>

#include "fakes/board.hpp"
#include "fakes/fake_server.hpp"
#include "fakes/nor_flash.hpp"

namespace sealpost::test {

/// A board, its sensors, its flash and its server, with a clock of their own. The device is in it from boot() to
/// cut_power(), any number of times; flash and settings outlive it.
class world {
 public:
  explicit world(std::uint32_t seed = 1, std::uint32_t flash_sectors = 16);

  /// A boot: uptime starts at zero.
  void boot();
  void cut_power() { device_.reset(); }
  [[nodiscard]] sealpost::device& device() { return *device_; }

  /// Runs the jobs when they want to, one at a time, until that uptime.
  void run_until(micros uptime);
  void run_for(micros span) { run_until(clock.now + span); }

  /// The (boot_id, sequence) of this boot.
  [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> reading(std::uint64_t sequence);
  /// How many readings of this boot the server has.
  [[nodiscard]] std::uint64_t stored_of_this_boot();

  fake_clock clock;
  switched_random random;
  manual_wall wall{clock};
  fake_server server{clock, random};
  nor_flash flash;
  memory_settings store;
  moving_sensor<bmp280_values> bmp280{{21.5F, 101'325.0F}};
  moving_sensor<mpu6050_values> mpu6050{{{0.125F, -0.0625F, 9.8125F}, {0.0078125F, -0.015625F, 0.00390625F}, 24.25F}};
  moving_sensor<sht4x_values> sht4x{{21.25F, 45.5F}};
  log_lines log;
  single_thread_mutex link_mutex;
  single_thread_mutex state_mutex;
  timetable tasks;
  steady_board board;
  device_identity identity;
  /// How many jobs a run may start, so that a device that spins ends the test.
  long patience = 2'000'000;

 private:
  platform platform_;
  std::unique_ptr<sealpost::device> device_;
};

}  // namespace sealpost::test
