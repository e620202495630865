#include "linux/kernel_random.hpp"

#include <sys/random.h>

#include <cerrno>

namespace sealpost::posix {

status kernel_random::fill(mutable_bytes into) {
  while (!into.empty()) {
    const ssize_t filled = getrandom(into.data(), into.size(), 0);
    if (filled < 0 && errno == EINTR) continue;
    if (filled <= 0) return status::crypto_failed;
    into = into.from(static_cast<std::size_t>(filled));
  }
  return status::ok;
}

}  // namespace sealpost::posix
