#pragma once

#include "sealpost/platform.hpp"

/// How a device treats errors, which anyone on its network can forge: docs/protocol-v1.md, section 9.1.
namespace sealpost {

constexpr micros most_retry_after = 5 * minute;

/// Exponential back-off with full jitter: each wait is a random part of a bound that doubles with every failure, from
/// 1 s to 1 minute, so that devices that lost their server together don't return to it together.
class back_off {
 public:
  explicit back_off(random_source& random) : random_(random) {}
  /// How long to wait after one more failure: at least as long as Retry-After asks, within 5 minutes.
  [[nodiscard]] micros after_failure(micros retry_after);
  /// A sealed answer has verified.
  void after_success();

 private:
  random_source& random_;
  micros bound_ = second;
};

}  // namespace sealpost
