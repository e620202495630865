#pragma once

#include "sealpost/crypto/record.hpp"

/// The vectors of gen/vectors on this very machine: that its compiler, its mbedtls and its accelerators do what the
/// server does. One at a time, because a slow chip has other tasks, and a watchdog.
namespace sealpost {

/// For the largest record.
constexpr std::size_t selftest_scratch_size = sealed_size(6656);

[[nodiscard]] std::size_t selftest_count();

struct selftest_outcome {
  /// Of the vector, for people.
  const char* name;
  bool passed;
};

/// Runs the vector with that index, which is below selftest_count(). `scratch` has selftest_scratch_size bytes.
[[nodiscard]] selftest_outcome run_selftest(std::size_t index, random_source& random, mutable_bytes scratch);

}  // namespace sealpost
