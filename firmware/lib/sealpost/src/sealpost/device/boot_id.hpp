#pragma once

#include "sealpost/platform.hpp"

namespace sealpost {

/// Counts this boot in the settings and names it: the counter in the high 32 bits, 32 random bits below, never 0
/// (docs/protocol-v1.md, section 6.1). When the counter can't be kept, or there are no random numbers, this says why
/// and the id is of the other alone.
status next_boot_id(settings& store, random_source& random, std::uint64_t& boot_id);

}  // namespace sealpost
