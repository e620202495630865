#pragma once

#include "sealpost/platform.hpp"

namespace sealpost {

/// A beat: due at once, then every interval. Keeps the beat when it is late, unless more than one was missed: those are
/// not made up for. A new interval holds from the last time on.
class periodic {
 public:
  explicit periodic(micros interval) : interval_(interval) {}
  /// Clamped to 1 s to 1 day.
  void set_interval(micros interval);
  [[nodiscard]] micros interval() const { return interval_; }
  /// The uptime at which it is due next.
  [[nodiscard]] micros due() const;
  /// Whether it is due at `now`; if so, the next is one interval on.
  [[nodiscard]] bool take(micros now);

 private:
  micros interval_;
  // The rest is the implementation's.
};

}  // namespace sealpost
