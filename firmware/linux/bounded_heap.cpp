#include "linux/bounded_heap.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>

namespace sealpost::posix::bounded_heap {
namespace {

/// In front of each piece of the buffer; the pieces follow each other without a gap.
struct alignas(16) piece {
  std::size_t size;
  /// What the caller asked for, 0 while the piece is free.
  std::size_t asked;
};

alignas(piece) std::uint8_t buffer[capacity];
std::mutex guard;
usage counts;
std::size_t most = capacity;
std::uint64_t calls_until_refusal = 0;

piece* at(std::size_t offset) { return reinterpret_cast<piece*>(buffer + offset); }

/// Joins the free pieces that follow each other.
void join(std::size_t offset) {
  piece* const first = at(offset);
  while (offset + first->size < capacity && at(offset + first->size)->asked == 0) {
    first->size += at(offset + first->size)->size;
  }
}

/// Gives a free piece of at least `size` bytes, header included, cut to that size; null when there is none.
piece* take(std::size_t size) {
  if (at(0)->size == 0) at(0)->size = capacity;
  for (std::size_t offset = 0; offset < capacity; offset += at(offset)->size) {
    if (at(offset)->asked != 0) continue;
    join(offset);
    piece* const found = at(offset);
    if (found->size < size) continue;
    if (found->size > size) *at(offset + size) = {found->size - size, 0};
    found->size = size;
    return found;
  }
  return nullptr;
}

void* allocate(std::size_t count, std::size_t each) {
  const std::lock_guard<std::mutex> lock(guard);
  ++counts.calls;
  const bool is_refused = calls_until_refusal == 1;
  if (calls_until_refusal > 0) --calls_until_refusal;
  if (is_refused) return nullptr;
  if (each != 0 && count > capacity / each) return nullptr;
  const std::size_t asked = std::max<std::size_t>(count * each, 1);
  if (asked > most || counts.current > most - asked) return nullptr;
  const std::size_t rounded = (asked + sizeof(piece) - 1) / sizeof(piece) * sizeof(piece);
  piece* const taken = take(sizeof(piece) + rounded);
  if (taken == nullptr) return nullptr;
  taken->asked = asked;
  counts.current += asked;
  counts.peak = std::max(counts.peak, counts.current);
  return std::memset(taken + 1, 0, rounded);
}

bool is_ours(const void* address) {
  const auto where = reinterpret_cast<std::uintptr_t>(address);
  const auto start = reinterpret_cast<std::uintptr_t>(buffer);
  return where >= start && where < start + capacity;
}

void release(void* address) {
  const std::lock_guard<std::mutex> lock(guard);
  piece* const given = static_cast<piece*>(address) - 1;
  counts.current -= given->asked;
  given->asked = 0;
}

}  // namespace

usage used() {
  const std::lock_guard<std::mutex> lock(guard);
  return counts;
}

void start_counting() {
  const std::lock_guard<std::mutex> lock(guard);
  counts.calls = 0;
  counts.peak = counts.current;
}

void limit(std::size_t bytes) {
  const std::lock_guard<std::mutex> lock(guard);
  most = std::min(bytes, capacity);
}

void refuse_call(std::uint64_t number) {
  const std::lock_guard<std::mutex> lock(guard);
  calls_until_refusal = number;
}

bytes memory() { return {buffer, capacity}; }

}  // namespace sealpost::posix::bounded_heap

// The linker's names for calloc and free: ld(1), --wrap.
extern "C" {

void __real_free(void* address);                           // NOLINT(bugprone-reserved-identifier)
void* __wrap_calloc(std::size_t count, std::size_t each);  // NOLINT(bugprone-reserved-identifier)
void __wrap_free(void* address);                           // NOLINT(bugprone-reserved-identifier)

void* __wrap_calloc(std::size_t count, std::size_t each) {  // NOLINT(bugprone-reserved-identifier)
  return sealpost::posix::bounded_heap::allocate(count, each);
}

void __wrap_free(void* address) {  // NOLINT(bugprone-reserved-identifier)
  if (sealpost::posix::bounded_heap::is_ours(address)) {
    sealpost::posix::bounded_heap::release(address);
  } else {
    __real_free(address);
  }
}
}
