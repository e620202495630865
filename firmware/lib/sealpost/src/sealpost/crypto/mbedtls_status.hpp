#pragma once

#include "sealpost/status.hpp"

namespace sealpost {

/// mbedtls gives 0, or says by a negative number what failed. Nothing of that is the caller's to mend.
constexpr status mbedtls_status(int result) { return result == 0 ? status::ok : status::crypto_failed; }

}  // namespace sealpost
