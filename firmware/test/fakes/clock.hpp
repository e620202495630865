#pragma once

#include "sealpost/platform.hpp"

namespace sealpost::test {

/// Stands still until it is moved.
class fake_clock final : public monotonic_clock {
 public:
  micros now = 0;

  [[nodiscard]] micros uptime() override { return now; }
};

}  // namespace sealpost::test
