#pragma once

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "sealpost/bytes.hpp"
#include "sealpost/status.hpp"

/// What the fuzzers share. Each is one file with LLVMFuzzerTestOneInput, a corpus in corpus/, and no state between
/// runs.
namespace sealpost::fuzz {

/// Ends the run: libFuzzer keeps the input.
inline void expect(bool holds, const char* sentence) {
  if (holds) return;
  std::fprintf(stderr, "not so: %s\n", sentence);
  std::abort();
}

/// The fuzzer's bytes, consumed from the front; zeros when they are used up.
class input {
 public:
  input(const std::uint8_t* data, std::size_t size) : left_(data, size) {}

  [[nodiscard]] bool empty() const { return left_.empty(); }
  std::uint8_t byte() {
    if (left_.empty()) return 0;
    const std::uint8_t first = left_[0];
    left_ = left_.from(1);
    return first;
  }
  std::uint32_t number() { return std::uint32_t{byte()} << 8 | byte(); }
  /// What is left, in memory of just that size for the sanitizers to watch.
  std::vector<std::uint8_t> rest() {
    std::vector<std::uint8_t> copy(left_.begin(), left_.end());
    left_ = {};
    return copy;
  }

 private:
  bytes left_;
};

}  // namespace sealpost::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
