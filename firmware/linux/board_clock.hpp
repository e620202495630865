#pragma once

#include <atomic>
#include <chrono>

#include "sealpost/platform.hpp"

namespace sealpost::posix {

/// The virtual board's crystal, which the host's monotonic clock drives a little too fast or too slowly, and the true
/// time that the air and NTP follow. It can begin in the past: then uptime stands still until somebody moves it.
class board_clock final : public monotonic_clock {
 public:
  /// `up_for` is the uptime that it catches up with, step by step, before it runs by itself.
  board_clock(double drift_ppm, micros up_for);

  [[nodiscard]] micros uptime() override;
  /// Since 1970, by the host.
  [[nodiscard]] micros true_time() const;
  /// When, by the host's monotonic clock, it will show that uptime.
  [[nodiscard]] std::chrono::steady_clock::time_point host_time(micros uptime) const;

  [[nodiscard]] bool is_behind() const { return behind_at_ < up_for_; }
  /// Moves on to that uptime, and runs once it has caught up. For one thread; others may look at the clock meanwhile.
  void skip_to(micros uptime);

 private:
  double rate_;
  micros up_for_;
  /// Written after started_, which is read once this says that the clock runs.
  std::atomic<micros> behind_at_ = 0;
  std::chrono::steady_clock::time_point started_;
};

}  // namespace sealpost::posix
