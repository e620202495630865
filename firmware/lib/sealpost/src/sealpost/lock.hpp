#pragma once

#include "sealpost/platform.hpp"

namespace sealpost {

/// Holds a mutex from here to the end of the scope, if it was to be had in time.
class lock {
 public:
  lock(mutex& mutex, micros patience) : mutex_(mutex), held_(mutex.lock(patience)) {}
  /// Waits for as long as it takes: for what is held briefly only.
  explicit lock(mutex& mutex) : mutex_(mutex), held_(false) {
    while (!held_) held_ = mutex_.lock(second);
  }
  ~lock() {
    if (held_) mutex_.unlock();
  }
  lock(const lock&) = delete;
  lock& operator=(const lock&) = delete;

  [[nodiscard]] bool held() const { return held_; }

 private:
  mutex& mutex_;
  bool held_;
};

}  // namespace sealpost
