#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fakes/clock.hpp"
#include "fakes/random.hpp"
#include "sealpost/device/device.hpp"

/// What a board gives the core, in memory and under the test's control.
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
  std::map<std::string, std::vector<std::uint8_t>> values;
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

/// Runs the jobs of a device when they want to, one at a time, until that uptime. Throws when `patience` jobs were not
/// enough: the device spins.
void run_jobs(device& device, timetable& tasks, fake_clock& clock, micros until, long patience);

class steady_board final : public sealpost::board {
 public:
  board_health now{180'000, -55};
  board_health health() override { return now; }
};

}  // namespace sealpost::test
