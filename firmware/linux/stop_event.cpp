#include "linux/stop_event.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace sealpost::posix {

stop_event::stop_event() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (descriptor_ >= 0) return;
  std::perror("virtual-esp32: eventfd");
  std::abort();
}

stop_event::~stop_event() { close(descriptor_); }

void stop_event::request() const {
  // Fails only where it has been written to 2^64 times.
  if (eventfd_write(descriptor_, 1) != 0) std::abort();
}

bool stop_event::requested() const {
  pollfd readable{descriptor_, POLLIN, 0};
  return poll(&readable, 1, 0) == 1;
}

void stop_event::wait() const {
  pollfd readable{descriptor_, POLLIN, 0};
  while (poll(&readable, 1, -1) != 1) {
  }
}

}  // namespace sealpost::posix
