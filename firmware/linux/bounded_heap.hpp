#pragma once

#include <cstddef>
#include <cstdint>

#include "sealpost/bytes.hpp"

/// What mbedtls allocates comes from one buffer, so that it is known how much a board needs. Debian's mbedtls can't be
/// given an allocator at run time: a program that links this one has its calls of calloc and free taken over by the
/// linker. Callable from any thread.
namespace sealpost::posix::bounded_heap {

constexpr std::size_t capacity = std::size_t{32} * 1024;

struct usage {
  /// Bytes that were asked for and not yet given back, and the most that this has been since start_counting.
  std::size_t current = 0;
  std::size_t peak = 0;
  /// Of calloc since start_counting.
  std::uint64_t calls = 0;
};

[[nodiscard]] usage used();
/// Sets `calls` to 0 and `peak` to what is in use.
void start_counting();

// For tests.

/// From now on as if the buffer had no more than that; `capacity` is the most.
void limit(std::size_t bytes);
/// Refuses the `number`th call from now on, once; 0 refuses none.
void refuse_call(std::uint64_t number);
/// The whole buffer, as freed memory was left.
[[nodiscard]] bytes memory();

}  // namespace sealpost::posix::bounded_heap
