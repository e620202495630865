#pragma once

#include <cstdint>

namespace sealpost {

/// Microseconds: a span, or a time since the boot or since 1970, as the name says.
using micros = std::int64_t;

constexpr micros millisecond = 1000;
constexpr micros second = 1000 * millisecond;
constexpr micros minute = 60 * second;
constexpr micros day = 24 * (60 * minute);

}  // namespace sealpost
