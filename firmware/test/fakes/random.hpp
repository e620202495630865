#pragma once

#include <random>

#include "sealpost/platform.hpp"

namespace sealpost::test {

/// The same numbers for the same seed: for tests, never for a key.
class seeded_random final : public random_source {
 public:
  explicit seeded_random(std::uint64_t seed) : engine_(seed) {}

  status fill(mutable_bytes into) override {
    for (std::uint8_t& byte : into) byte = static_cast<std::uint8_t>(engine_());
    return status::ok;
  }

 private:
  std::mt19937_64 engine_;
};

/// A generator without its source of entropy.
class failing_random final : public random_source {
 public:
  status fill(mutable_bytes) override { return status::crypto_failed; }
};

}  // namespace sealpost::test
