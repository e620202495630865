#pragma once

#include <optional>

#include "sealpost/micros.hpp"

namespace sealpost {

/// A beat: due at once, then every interval. Keeps the beat when it is late, unless more than one was missed: those are
/// not made up for. A new interval holds from the last time on.
class periodic {
 public:
  explicit periodic(micros interval) : interval_(interval) {}
  /// Clamped to 1 s to 1 day (docs/protocol-v1.md, section 4.1).
  void set_interval(micros interval);
  [[nodiscard]] micros interval() const { return interval_; }
  /// The uptime at which it is due next.
  [[nodiscard]] micros due() const { return last_ ? *last_ + interval_ : 0; }
  /// Whether it is due at `now`; if so, the next is one interval on.
  [[nodiscard]] bool take(micros now);

 private:
  micros interval_;
  std::optional<micros> last_;
};

}  // namespace sealpost
