#include "linux/link_loss.hpp"

#include <algorithm>

namespace sealpost::posix {

bool link_loss::is_lost() {
  const micros now = clock_.uptime();
  const bool lost =
      std::any_of(losses_.begin(), losses_.end(), [&](const uptime_span& loss) { return loss.contains(now); });
  if (lost) network_.close();
  return lost;
}

}  // namespace sealpost::posix
