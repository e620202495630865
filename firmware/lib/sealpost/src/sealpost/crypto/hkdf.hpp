#pragma once

#include "sealpost/bytes.hpp"
#include "sealpost/status.hpp"

namespace sealpost {

/// HKDF-Expand with SHA-256 (RFC 5869, section 2.3). Fills `output`, at most 255 * 32 bytes. `info` has at most 64.
status hkdf_expand(bytes pseudorandom_key, bytes info, mutable_bytes output);

}  // namespace sealpost
