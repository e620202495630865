#include "sealpost/device/periodic.hpp"

#include <algorithm>

namespace sealpost {

void periodic::set_interval(micros interval) { interval_ = std::clamp(interval, second, day); }

bool periodic::take(micros now) {
  const micros late = now - due();
  if (late < 0) return false;
  last_ = last_ && late < interval_ ? due() : now;
  return true;
}

}  // namespace sealpost
