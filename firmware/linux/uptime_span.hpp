#pragma once

#include "sealpost/micros.hpp"

namespace sealpost::posix {

/// From one uptime until just before another.
struct uptime_span {
  micros from;
  micros to;

  [[nodiscard]] bool contains(micros uptime) const { return uptime >= from && uptime < to; }
};

}  // namespace sealpost::posix
