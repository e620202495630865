#pragma once

#include <cstring>

#include "exchange.hpp"
#include "measure.hpp"
#include "sealpost/platform.hpp"

/// A board without anything on it but memory, and a server that has said everything before: it answers with what
/// docs/protocol-v1.md shows in section 11, and a device that is in the same situation can open that.
namespace sealpost::rv32 {

class clock_by_hand final : public monotonic_clock {
 public:
  micros uptime() override { return now; }
  micros now = 0;
};

class fixed_wall_clock final : public wall_clock {
 public:
  status ask_ntp(ntp_answer& answer) override {
    answer = {};
    return status::timed_out;
  }
  const char* ntp_server() override { return "pool.ntp.org"; }
  std::int32_t utc_offset_seconds(micros) override { return 3600; }
};

/// Draws what the device of section 11 has drawn: its boot's random half, its private key. Whatever else is drawn
/// blinds arithmetic and changes no result.
class known_random final : public random_source {
 public:
  status fill(mutable_bytes into) override {
    constexpr std::array<std::uint8_t, 8> boot{0, 0, 0, 0, 0x8f, 0x3b, 0x21, 0xc4};
    for (std::size_t at = 0; at < into.size(); ++at) {
      into[at] = into.size() == boot.size() ? boot[at] : exchange::device_ephemeral_private_key[at % 32];
    }
    return status::ok;
  }
};

/// Answers each request in its turn with what is recorded. Notes what the device had executed by then.
class recorded_server final : public transport {
 public:
  status connect(const char*, std::uint16_t, micros) override;
  bool connected() override { return open_; }
  status send(bytes data, micros) override;
  status receive(mutable_bytes into, std::size_t& received, micros) override;
  void close() override { open_ = false; }

  /// The next answer's body.
  void expect(bytes body) { body_ = body; }
  /// When the last request had been handed over, and the last of its answer.
  std::uint64_t sent_at = 0;
  std::uint64_t answered_at = 0;
  std::size_t request_size = 0;
  /// The last request ends with these bytes.
  [[nodiscard]] bool was_asked(bytes body) const;

 private:
  bool open_ = false;
  bytes body_;
  std::array<std::uint8_t, 1024> request_{};
  std::array<std::uint8_t, 512> answer_{};
  bytes left_;
};

/// NOR flash of the size that the board's partition has.
class flash_in_memory final : public flash {
 public:
  flash_in_memory() { memory_.fill(0xff); }
  std::uint32_t size() override { return memory_.size(); }
  status read(std::uint32_t offset, mutable_bytes into) override {
    std::memcpy(into.data(), &memory_[offset], into.size());
    return status::ok;
  }
  status program(std::uint32_t offset, bytes data) override {
    for (const std::uint8_t byte : data) memory_[offset++] &= byte;
    return status::ok;
  }
  status erase_sector(std::uint32_t offset) override {
    std::memset(&memory_[offset], 0xff, sector_size);
    return status::ok;
  }

 private:
  std::array<std::uint8_t, 320 * sector_size> memory_;
};

template <class Values>
class steady_sensor final : public sensor<Values> {
 public:
  explicit steady_sensor(Values values) : values_(values) {}
  bool begin() override { return true; }
  bool read(Values& values) override {
    values = values_;
    return true;
  }

 private:
  Values values_;
};

/// The sixth boot is over.
class settings_of_boot_7 final : public settings {
 public:
  status read(const char*, mutable_bytes into, std::size_t& size) override {
    store_u64(6, into);
    size = 8;
    return status::ok;
  }
  status write(const char*, bytes) override { return status::ok; }
  status erase(const char*) override { return status::ok; }
};

class counting_log final : public log_sink {
 public:
  void line(log_level level, const char* text) override;
  int complaints = 0;
};

class no_mutex final : public mutex {
 public:
  bool lock(micros) override { return true; }
  void unlock() override {}
};

class no_scheduler final : public scheduler {
 public:
  void wake(job) override {}
};

class healthy_board final : public board {
 public:
  board_health health() override { return {120'000, -61}; }
};

}  // namespace sealpost::rv32
