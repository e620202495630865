#pragma once

#include <cmath>
#include <cstdint>
#include <random>

namespace sealpost::posix {

/// Random numbers that are the same for the same seed: for a simulation, never for a key. The standard fixes what the
/// generator gives, and not what its distributions would make of it.
class seeded_noise {
 public:
  explicit seeded_noise(std::uint64_t seed) : engine_(seed) {}

  /// From 0 up to, but not, 1.
  [[nodiscard]] double uniform() { return static_cast<double>(engine_() >> 11U) * 0x1p-53; }
  /// Normally distributed around 0, by Box and Muller; 1 - uniform() because the logarithm of 0 is none.
  [[nodiscard]] double normal(double deviation) {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return deviation * radius * std::cos(2 * pi * uniform());
  }

 private:
  static constexpr double pi = 3.14159265358979323846;

  std::mt19937_64 engine_;
};

}  // namespace sealpost::posix
