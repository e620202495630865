#pragma once

#include <optional>

#include "sealpost/messages/messages.hpp"
#include "sealpost/platform.hpp"

/// The device's clock: docs/protocol-v1.md, section 7.1.
namespace sealpost {

/// One question for the time and its answer (RFC 5905, section 8). The outer two are uptimes.
struct time_exchange {
  /// T1.
  micros asked;
  /// T2 and T3, by the answerer's clock since 1970.
  micros received, answered;
  /// T4.
  micros returned;
};

/// The answerer's clock minus uptime.
[[nodiscard]] micros offset_of(const time_exchange& exchange);
/// The way there and back, without the answerer's own time.
[[nodiscard]] micros delay_of(const time_exchange& exchange);

class device_clock {
 public:
  /// What the best clock shows at an uptime: NTP's unless the server contradicts it by more than 2 s, else the
  /// server's.
  [[nodiscard]] stamp stamp_at(micros uptime) const;
  /// NTP minus the server, when they differ so much that the server is believed alone.
  [[nodiscard]] std::optional<micros> disagreement() const;
  /// Takes the server's time from a sealed answer, unless what it has is better (50 ppm of ageing). Gives what the
  /// server was ahead of the device's clock just before; nothing when that had no time.
  std::optional<micros> set_from_server(const time_exchange& exchange);
  /// As set_from_server, from NTP. Every answer counts.
  std::optional<micros> set_from_ntp(const time_exchange& exchange);

 private:
  struct setting {
    micros offset, uncertainty, set_at;
  };
  std::optional<setting> server_;
  std::optional<setting> ntp_;
};

/// Sets the device's clock by what it hears, and says in clock reports what it has heard.
class time_keeper {
 public:
  [[nodiscard]] const device_clock& clock() const { return clock_; }
  void take_ntp(const ntp_answer& answer);
  /// What a TimeSync reports that leaves at `asked`.
  [[nodiscard]] clock_report report(clock_source source, micros asked, wall_clock& wall) const;
  /// Takes the answer to the TimeSync that left at `asked` and came back at `returned`.
  void take_answer(const clock_answer& answer, micros asked, micros returned);
  /// Takes the server's time from a Welcome or a receipt.
  void take_server_time(const std::optional<micros>& server_time, micros asked, micros returned);
  /// NTP minus the server, once for each time that they begin to contradict each other, for the log.
  [[nodiscard]] std::optional<micros> new_disagreement();

 private:
  device_clock clock_;
  // The rest is the implementation's.
};

/// `Sunday, November 22 2026 12:00:00`, which has at most 40 characters.
using local_time_text = std::array<char, 48>;
[[nodiscard]] local_time_text local_time(micros time, std::int32_t utc_offset_seconds);

}  // namespace sealpost
