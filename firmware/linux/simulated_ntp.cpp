#include "linux/simulated_ntp.hpp"

#include <ctime>

namespace sealpost::posix {

simulated_ntp::simulated_ntp(std::uint64_t seed, monotonic_clock& clock, std::function<micros()> true_time,
                             ntp_faults faults)
    : noise_(seed), clock_(clock), true_time_(std::move(true_time)), faults_(faults) {
  tzset();
}

status simulated_ntp::ask_ntp(ntp_answer& answer) {
  if (noise_.uniform() < faults_.loss) return status::timed_out;
  const auto one_way = [this] { return std::llround((0.005 + 0.02 * noise_.uniform()) * static_cast<double>(second)); };
  const micros there = one_way();
  const micros back = one_way();
  // The exchange ends now. A client takes the way there for as long as the way back, and is wrong by half of what they
  // differ; the server's own clock is off by a little as well.
  const micros wrong = (there - back) / 2 + std::llround(noise_.normal(static_cast<double>(millisecond)));
  answer = {true_time_() + faults_.error + wrong, clock_.uptime(), there + back};
  return status::ok;
}

std::int32_t simulated_ntp::utc_offset_seconds(micros time) {
  const std::time_t seconds = time / second;
  std::tm parts{};
  return localtime_r(&seconds, &parts) == nullptr ? 0 : static_cast<std::int32_t>(parts.tm_gmtoff);
}

}  // namespace sealpost::posix
