#pragma once

#include "sealpost/bytes.hpp"
#include "sealpost/platform.hpp"

/// X25519 (RFC 7748, section 5), over mbedtls's bignum, which allocates while it runs.
namespace sealpost {

/// The public key of a private key; the scalar is clamped here. `random` blinds mbedtls's arithmetic.
status x25519_public_key(const key256& private_key, random_source& random, key256& public_key);

/// The shared secret. A result of zeros is refused as forged (RFC 7748, section 6.1).
status x25519(const key256& private_key, const key256& public_key, random_source& random, key256& shared_secret);

}  // namespace sealpost
