#include "sealpost/bytes.hpp"

#include <mbedtls/platform_util.h>

#include <cstring>

// mbedtls forgot to say that this one is C.
extern "C" {
#include <mbedtls/constant_time.h>
}

namespace sealpost {

bytes bytes_of(const char* text) {
  // Characters and bytes have one size and one alignment.
  return {reinterpret_cast<const std::uint8_t*>(text), std::strlen(text)};
}

void store_u64(std::uint64_t value, mutable_bytes into) {
  for (std::size_t index = 0; index < sizeof(value); ++index) {
    into[index] = static_cast<std::uint8_t>(value >> (8 * (sizeof(value) - 1 - index)));
  }
}

bool equal_constant_time(bytes left, bytes right) {
  return left.size() == right.size() && mbedtls_ct_memcmp(left.data(), right.data(), left.size()) == 0;
}

void wipe(mutable_bytes secret) { mbedtls_platform_zeroize(secret.data(), secret.size()); }

}  // namespace sealpost
