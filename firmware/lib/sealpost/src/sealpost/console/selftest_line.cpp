#include "sealpost/console/selftest_line.hpp"

#include <cinttypes>
#include <cstdarg>
#include <cstdio>

#include "sealpost/crypto/selftest.hpp"

namespace sealpost {
namespace {

/// A piece of the line, of at most 159 characters.
[[gnu::format(printf, 2, 3)]] void put(text_sink& terminal, const char* format, ...) {
  std::array<char, 160> text{};
  std::va_list values;
  va_start(values, format);
  (void)std::vsnprintf(text.data(), text.size(), format, values);
  va_end(values);
  terminal.write(text.data());
}

}  // namespace

selftest_run run_timed_selftest(monotonic_clock& clock, random_source& random, mutable_bytes scratch,
                                void (*between)()) {
  selftest_run run;
  run.vectors = selftest_count();
  for (std::size_t index = 0; index < run.vectors; ++index) {
    const micros began = clock.uptime();
    const selftest_outcome outcome = run_selftest(index, random, scratch);
    const micros took = clock.uptime() - began;
    run.took += took;
    if (took > run.slowest_took) {
      run.slowest_took = took;
      run.slowest = outcome.name;
    }
    if (!outcome.passed && run.failed++ == 0) run.first_failed = outcome.name;
    between();
  }
  return run;
}

void write_selftest_line(const selftest_run& run, const chip_facts& facts, span<const stack_use> stacks,
                         text_sink& terminal) {
  put(terminal, R"({"selftest":"%s","vectors":%zu,"failed":%zu)", run.failed == 0 ? "passed" : "failed", run.vectors,
      run.failed);
  if (run.first_failed != nullptr) put(terminal, R"(,"first_failed":"%s")", run.first_failed);
  put(terminal, R"(,"milliseconds":%)" PRId64 R"(,"slowest":"%s","slowest_milliseconds":%)" PRId64,
      run.took / millisecond, run.slowest, run.slowest_took / millisecond);
  put(terminal, R"(,"hardware":"%s","firmware":"%s","arduino":"%d.%d.%d")", facts.hardware, facts.firmware_version,
      facts.arduino[0], facts.arduino[1], facts.arduino[2]);
  put(terminal, R"(,"free_heap":%)" PRIu32 R"(,"least_free_heap":%)" PRIu32 R"(,"stack_left":{)", facts.free_heap_bytes,
      facts.least_free_heap_bytes);
  for (const stack_use& stack : stacks) {
    put(terminal, R"(%s"%s":%)" PRIu32, &stack == stacks.begin() ? "" : ",", stack.task, stack.bytes_left);
  }
  put(terminal, "}}\r\n");
}

}  // namespace sealpost
