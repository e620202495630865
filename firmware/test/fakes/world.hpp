#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fakes/clock.hpp"
#include "fakes/fake_server.hpp"
#include "fakes/nor_flash.hpp"
#include "fakes/random.hpp"
#include "sealpost/device/device.hpp"

namespace sealpost::test {

/// Numbers from a seed, until it has none.
class switched_random final : public random_source {
 public:
  explicit switched_random(std::uint64_t seed) : numbers_(seed) {}
  bool fails = false;
  status fill(mutable_bytes into) override { return fails ? status::crypto_failed : numbers_.fill(into); }

 private:
  seeded_random numbers_;
};

class memory_settings final : public settings {
 public:
  std::map<std::string, byte_string> values;
  bool fails = false;
  status read(const char* key, mutable_bytes into, std::size_t& size) override;
  status write(const char* key, bytes value) override;
  status erase(const char* key) override;
};

/// Answers with what the test has set, slightly different each time, as the air is.
template <class Values>
class moving_sensor final : public sensor<Values> {
 public:
  explicit moving_sensor(Values first) : values(first) {}
  bool is_there = true;
  bool answers = true;
  Values values;
  float Values::* moving = nullptr;
  float step = 0.01F;

  bool begin() override { return is_there; }
  bool read(Values& into) override {
    if (!is_there || !answers) return false;
    if (moving != nullptr) values.*moving += step;
    step = -step;
    into = values;
    return true;
  }
};

/// A fake NTP server, and a time zone.
class manual_wall final : public wall_clock {
 public:
  explicit manual_wall(monotonic_clock& clock) : clock_(clock) {}
  /// NTP's clock minus uptime; nothing while NTP does not answer.
  std::optional<micros> ntp_offset;
  std::int32_t utc_offset = 3600;
  status ask_ntp(ntp_answer& answer) override {
    if (!ntp_offset) return status::timed_out;
    answer = {clock_.uptime() + *ntp_offset, clock_.uptime(), 20 * millisecond};
    return status::ok;
  }
  const char* ntp_server() override { return "pool.example"; }
  std::int32_t utc_offset_seconds(micros) override { return utc_offset; }

 private:
  monotonic_clock& clock_;
};

/// There is one thread, so nobody waits; a lock that is held twice is a mistake.
class single_thread_mutex final : public mutex {
 public:
  bool busy = false;
  bool lock(micros) override;
  void unlock() override { busy = false; }
};

class log_lines final : public log_sink {
 public:
  std::vector<std::string> lines;
  void line(log_level level, const char* text) override;
  [[nodiscard]] bool has(const std::string& part) const;
  [[nodiscard]] long count(const std::string& part) const;
};

/// When each job wants to run.
class timetable final : public scheduler {
 public:
  std::array<micros, 4> next{};
  void wake(job job) override { next[static_cast<std::size_t>(job)] = 0; }
};

class steady_board final : public sealpost::board {
 public:
  board_health now{180'000, -55};
  board_health health() override { return now; }
};

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
