#pragma once

#include <array>

#include "sealpost/micros.hpp"

namespace sealpost {

/// `Sunday, November 22 2026 12:00:00`, which has at most 40 characters for any time at all.
using local_time_text = std::array<char, 48>;

/// A time since 1970 in a zone as strftime's `%A, %B %d %Y %H:%M:%S` has it in English, in the Gregorian calendar.
[[nodiscard]] local_time_text local_time(micros time, std::int32_t utc_offset_seconds);

}  // namespace sealpost
