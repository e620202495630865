#include "linux/board_clock.hpp"

#include <algorithm>
#include <cmath>

namespace sealpost::posix {

using std::chrono::microseconds;
using std::chrono::steady_clock;

board_clock::board_clock(double drift_ppm, micros up_for)
    : rate_(1 + drift_ppm / 1e6), up_for_(up_for), started_(steady_clock::now()) {}

micros board_clock::uptime() {
  if (const micros at = behind_at_; at < up_for_) return at;
  const micros elapsed = std::chrono::duration_cast<microseconds>(steady_clock::now() - started_).count();
  return up_for_ + std::llround(static_cast<double>(elapsed) * rate_);
}

micros board_clock::true_time() const {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  const micros now = std::chrono::duration_cast<microseconds>(since_1970).count();
  return is_behind() ? now - std::llround(static_cast<double>(up_for_ - behind_at_) / rate_) : now;
}

steady_clock::time_point board_clock::host_time(micros uptime) const {
  return started_ + microseconds(static_cast<micros>(std::ceil(static_cast<double>(uptime - up_for_) / rate_)));
}

void board_clock::skip_to(micros uptime) {
  if (!is_behind()) return;
  const micros next = std::clamp<micros>(uptime, behind_at_, up_for_);
  if (next == up_for_) started_ = steady_clock::now();
  behind_at_ = next;
}

}  // namespace sealpost::posix
