#pragma once

#include <cstddef>
#include <cstdint>

/// What a piece of work costs on this target.
namespace sealpost::rv32 {

/// Executed since the start. Under QEMU with -icount shift=0 the same in every run.
[[nodiscard]] inline std::uint64_t instructions() {
  std::uint32_t high = 0;
  std::uint32_t low = 0;
  std::uint32_t high_again = 0;
  do {
    asm volatile("csrr %0, minstreth\n\tcsrr %1, minstret\n\tcsrr %2, minstreth"
                 : "=r"(high), "=r"(low), "=r"(high_again));
  } while (high != high_again);
  return std::uint64_t{high} << 32 | low;
}

/// The stack's unused part, painted so that one sees later how deep it has become. One at a time.
class painted_stack {
 public:
  painted_stack();
  /// The deepest since it was painted, in bytes from there.
  [[nodiscard]] std::size_t deepest() const;

 private:
  const volatile std::uint32_t* top_;
};

/// The stack that `work` needs.
template <class Work>
[[gnu::noinline]] std::size_t stack_of(const Work& work) {
  const painted_stack stack;
  work();
  return stack.deepest();
}

}  // namespace sealpost::rv32
