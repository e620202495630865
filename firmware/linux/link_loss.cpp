#include "linux/link_loss.hpp"

#include <algorithm>

namespace sealpost::posix {

bool link_loss::is_on() const {
  return std::any_of(losses_.begin(), losses_.end(),
                     [now = clock_.uptime()](const uptime_span& loss) { return loss.contains(now); });
}

}  // namespace sealpost::posix
