#pragma once

#include <functional>

#include "linux/seeded_noise.hpp"
#include "sealpost/platform.hpp"

namespace sealpost::posix {

/// What is wrong with NTP.
struct ntp_faults {
  /// How far its clock is ahead of the truth.
  micros error = 0;
  /// The part of the questions that get no answer: 0 to 1.
  double loss = 0;
};

/// What NTP's answers look like over a home's line, made up on the spot: nothing is sent to anyone. The time zone is
/// the host's.
class simulated_ntp final : public wall_clock {
 public:
  /// `true_time` is since 1970. `ask_ntp` is for one thread.
  simulated_ntp(std::uint64_t seed, monotonic_clock& clock, std::function<micros()> true_time, ntp_faults faults);

  status ask_ntp(ntp_answer& answer) override;
  [[nodiscard]] const char* ntp_server() override { return "simulated.invalid"; }
  [[nodiscard]] std::int32_t utc_offset_seconds(micros time) override;

 private:
  seeded_noise noise_;
  monotonic_clock& clock_;
  std::function<micros()> true_time_;
  ntp_faults faults_;
};

}  // namespace sealpost::posix
