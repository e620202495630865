#pragma once

#include "sealpost/console/text_sink.hpp"
#include "sealpost/platform.hpp"

/// What a board says of itself when somebody asks it to test itself: docs/hardware.md.
namespace sealpost {

/// What came of the vectors of gen/vectors on this chip.
struct selftest_run {
  std::size_t vectors = 0;
  std::size_t failed = 0;
  /// Null when none has.
  const char* first_failed = nullptr;
  micros took = 0;
  const char* slowest = "";
  micros slowest_took = 0;
};

/// Runs all of them; `between` comes after each, for a watchdog. `scratch` has selftest_scratch_size bytes.
[[nodiscard]] selftest_run run_timed_selftest(monotonic_clock& clock, random_source& random, mutable_bytes scratch,
                                              void (*between)());

/// A stack, and how many of its bytes were never used.
struct stack_use {
  const char* task;
  std::uint32_t bytes_left;
};

struct chip_facts {
  const char* hardware;
  const char* firmware_version;
  /// The version of Arduino's core.
  std::array<int, 3> arduino;
  std::uint32_t free_heap_bytes;
  std::uint32_t least_free_heap_bytes;
};

/// One line of JSON. It has no secret and nothing that tells one board from another.
void write_selftest_line(const selftest_run& run, const chip_facts& facts, span<const stack_use> stacks,
                         text_sink& terminal);

}  // namespace sealpost
