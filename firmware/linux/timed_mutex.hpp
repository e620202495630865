#pragma once

#include <chrono>
#include <mutex>

#include "sealpost/platform.hpp"

namespace sealpost::posix {

class timed_mutex final : public mutex {
 public:
  /// The wait goes by the host's monotonic clock.
  [[nodiscard]] bool lock(micros timeout) override { return mutex_.try_lock_for(std::chrono::microseconds(timeout)); }
  void unlock() override { mutex_.unlock(); }

 private:
  std::timed_mutex mutex_;
};

}  // namespace sealpost::posix
