#pragma once

#include <optional>

#include "sealpost/micros.hpp"
#include "sealpost/reading.hpp"

/// The device's clock: docs/protocol-v1.md, section 7.1.
namespace sealpost {

/// No time and no uptime on the wire is further from 0 than this: 253 years (docs/protocol-v1.md, sections 4.1
/// and 6.2).
constexpr micros greatest_time = 8'000'000'000 * second;

/// One question for the time and its answer (RFC 5905, section 8). The outer two are uptimes.
struct time_exchange {
  /// T1.
  micros asked;
  /// T2 and T3, by the answerer's clock since 1970.
  micros received, answered;
  /// T4.
  micros returned;
};

/// Whether the exchange can have been: every stamp within 0 to greatest_time, and the answer after the question. No
/// arithmetic below overflows for one that can.
[[nodiscard]] bool is_possible(const time_exchange& exchange);

/// The answerer's clock minus uptime, in whole microseconds, of a possible exchange.
[[nodiscard]] micros offset_of(const time_exchange& exchange);
/// The way there and back, without the answerer's own time, of a possible exchange.
[[nodiscard]] micros delay_of(const time_exchange& exchange);

class device_clock {
 public:
  /// What the best clock shows at an uptime: NTP's unless the server contradicts it by more than 2 s, else the
  /// server's.
  [[nodiscard]] stamp stamp_at(micros uptime) const;
  /// NTP minus the server, when they differ so much that the server is believed alone.
  [[nodiscard]] std::optional<micros> disagreement() const;
  /// Takes the server's time from a sealed answer, unless what it has is better (50 ppm of ageing). Gives what the
  /// server was ahead of the device's clock just before; nothing when that had no time. An impossible exchange sets
  /// nothing and gives nothing.
  std::optional<micros> set_from_server(const time_exchange& exchange);
  /// Takes NTP's time, true at `uptime`; otherwise as set_from_server. Every answer counts: there is nothing to weigh
  /// it with but the server.
  std::optional<micros> set_from_ntp(micros time, micros uptime);

 private:
  /// A clock as its distance from uptime.
  struct setting {
    micros offset;
    /// Twice what it may have been off when it was set.
    micros round_trip;
    micros set_at;
  };
  [[nodiscard]] static bool is_better(const setting& next, const setting& current);
  [[nodiscard]] std::optional<micros> correction_by(micros offset) const;

  std::optional<setting> server_;
  std::optional<micros> ntp_offset_;
};

}  // namespace sealpost
