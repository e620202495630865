#pragma once

#include "sealpost/messages/messages.hpp"
#include "sealpost/platform.hpp"
#include "sealpost/time/device_clock.hpp"

namespace sealpost {

/// Sets the device's clock by what it hears, and says in clock reports what it has heard.
class time_keeper {
 public:
  [[nodiscard]] const device_clock& clock() const { return clock_; }
  void take_ntp(const ntp_answer& answer);
  /// What a TimeSync reports that leaves at `asked`.
  [[nodiscard]] clock_report report(clock_source source, micros asked, wall_clock& wall) const;
  /// Takes the answer to the TimeSync that left at `asked` and came back at `returned`. One without times, or with
  /// impossible ones, sets nothing.
  void take_answer(const clock_answer& answer, micros asked, micros returned);
  /// Takes the server's time from a Welcome or a receipt: its one stamp stands for both of NTP's.
  void take_server_time(const std::optional<micros>& server_time, micros asked, micros returned);
  /// NTP minus the server, once for each time that they begin to contradict each other, for the log.
  [[nodiscard]] std::optional<micros> new_disagreement();

 private:
  device_clock clock_;
  // By the last TimeSync.
  std::optional<micros> measured_offset_;
  std::optional<micros> round_trip_;
  std::optional<micros> ntp_offset_;
  bool distrusted_ = false;
};

}  // namespace sealpost
