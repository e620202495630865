#pragma once

#include "sealpost/bytes.hpp"
#include "sealpost/micros.hpp"
#include "sealpost/sensor_values.hpp"
#include "sealpost/status.hpp"

/// The seam between the core and a platform: everything that the core asks of the board, or of Linux. Implementations
/// hold no logic. Every wait is bounded by its caller; nothing here throws or allocates for the core.
namespace sealpost {

class monotonic_clock {
 public:
  /// Since this boot. Never goes back, never jumps.
  [[nodiscard]] virtual micros uptime() = 0;
};

/// What NTP has told the platform.
struct ntp_answer {
  /// Since 1970, true at `uptime`.
  micros time;
  micros uptime;
  /// 0 where the platform's NTP client does not say.
  micros round_trip;
};

class wall_clock {
 public:
  /// Asks NTP anew and waits for a few seconds at most.
  virtual status ask_ntp(ntp_answer& answer) = 0;
  /// The server that is asked, at most 64 bytes.
  [[nodiscard]] virtual const char* ntp_server() = 0;
  /// What the local time is ahead of UTC at `time` since 1970, by the time zone that is set.
  [[nodiscard]] virtual std::int32_t utc_offset_seconds(micros time) = 0;
};

class random_source {
 public:
  /// Cryptographically secure, or crypto_failed.
  virtual status fill(mutable_bytes into) = 0;
};

/// One TCP connection at a time.
class transport {
 public:
  /// Closes what is open first.
  virtual status connect(const char* host, std::uint16_t port, micros timeout) = 0;
  [[nodiscard]] virtual bool connected() = 0;
  /// All of it, or an error.
  virtual status send(bytes data, micros timeout) = 0;
  /// Waits for the first byte: `received` is 1 or more, or the connection has ended and this is unreachable. A timeout
  /// of 0 looks and does not wait.
  virtual status receive(mutable_bytes into, std::size_t& received, micros timeout) = 0;
  virtual void close() = 0;
};

/// NOR flash: programming turns ones into zeros, erasing makes a whole sector ones.
class flash {
 public:
  static constexpr std::uint32_t sector_size = 4096;
  /// Whole sectors.
  [[nodiscard]] virtual std::uint32_t size() = 0;
  virtual status read(std::uint32_t offset, mutable_bytes into) = 0;
  virtual status program(std::uint32_t offset, bytes data) = 0;
  virtual status erase_sector(std::uint32_t offset) = 0;
};

template <class Values>
class sensor {
 public:
  /// Finds and configures it; false when it is not there. Also what is tried when it has failed.
  [[nodiscard]] virtual bool begin() = 0;
  /// False when it did not answer.
  [[nodiscard]] virtual bool read(Values& values) = 0;
};

/// Small values that outlive a power cut. Keys are at most 15 characters.
class settings {
 public:
  /// `size` is at most that of `into`; no_room when the value is larger, not_found when there is none.
  virtual status read(const char* key, mutable_bytes into, std::size_t& size) = 0;
  virtual status write(const char* key, bytes value) = 0;
  virtual status erase(const char* key) = 0;
};

enum class log_level : std::uint8_t { info, warning, error };

class log_sink {
 public:
  virtual void line(log_level level, const char* text) = 0;
};

/// Not recursive.
class mutex {
 public:
  [[nodiscard]] virtual bool lock(micros timeout) = 0;
  virtual void unlock() = 0;
};

/// The device's tasks. A platform gives each a thread of its own that calls device::run and then sleeps.
enum class job : std::uint8_t { update_sensor_data, print_local_time, update_with_ntp, shake_hands };

class scheduler {
 public:
  /// That job is to run now, however long its thread meant to sleep. Callable from any thread.
  virtual void wake(job job) = 0;
};

struct board_health {
  std::uint32_t free_heap_bytes;
  /// dBm; 0 without Wi-Fi.
  std::int32_t rssi_dbm;
};

class board {
 public:
  [[nodiscard]] virtual board_health health() = 0;
};

struct platform {
  monotonic_clock& clock;
  wall_clock& wall;
  random_source& random;
  transport& network;
  flash& readings;
  sensor<bmp280_values>& bmp280;
  sensor<mpu6050_values>& mpu6050;
  sensor<sht4x_values>& sht4x;
  settings& store;
  log_sink& log;
  /// Guards the connection and the session; held for as long as a call takes.
  mutex& link_mutex;
  /// Guards the clock, the intervals and the counts; held briefly.
  mutex& state_mutex;
  scheduler& tasks;
  sealpost::board& board;
};

}  // namespace sealpost
