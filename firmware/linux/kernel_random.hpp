#pragma once

#include "sealpost/platform.hpp"

namespace sealpost::posix {

/// The kernel's generator.
class kernel_random final : public random_source {
 public:
  status fill(mutable_bytes into) override;
};

}  // namespace sealpost::posix
