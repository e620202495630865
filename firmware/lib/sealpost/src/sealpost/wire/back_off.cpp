#include "sealpost/wire/back_off.hpp"

#include <algorithm>

namespace sealpost {
namespace {

constexpr micros first_bound = second;
constexpr micros greatest_bound = minute;
static_assert(greatest_bound < micros{1} << 32, "a part of a bound is made from 32 random bits");

}  // namespace

micros back_off::after_failure(micros retry_after) {
  const micros bound = bound_;
  bound_ = std::min(2 * bound_, greatest_bound);
  std::array<std::uint8_t, 4> random{};
  micros wait = bound;
  // Without random numbers the whole bound is the cautious part of it.
  if (random_.fill(random) == status::ok) {
    std::uint64_t fraction = 0;
    for (const std::uint8_t byte : random) fraction = fraction << 8 | byte;
    wait = static_cast<micros>(fraction * static_cast<std::uint64_t>(bound) >> 32);
  }
  return std::max(wait, std::min(retry_after, most_retry_after));
}

void back_off::after_success() { bound_ = first_bound; }

}  // namespace sealpost
