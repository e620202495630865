#pragma once

#include "sealpost/bytes.hpp"
#include "sealpost/status.hpp"

namespace sealpost {

/// HKDF-Expand with SHA-256 (RFC 5869, section 2.3). Fills `output`, which has at most 255 * 32 bytes: no_room for
/// more. Wipes it when it fails.
status hkdf_expand(bytes pseudorandom_key, bytes info, mutable_bytes output);

}  // namespace sealpost
