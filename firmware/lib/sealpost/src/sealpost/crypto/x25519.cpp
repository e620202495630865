#include "sealpost/crypto/x25519.hpp"

#include <mbedtls/ecp.h>

namespace sealpost {
namespace {

int fill(void* source, unsigned char* into, std::size_t size) {
  const status filled = static_cast<random_source*>(source)->fill({into, size});
  return filled == status::ok ? 0 : MBEDTLS_ERR_ECP_RANDOM_FAILED;
}

/// Everything that mbedtls allocates for one multiplication; freeing it wipes it.
struct multiplication {
  mbedtls_ecp_group curve;
  mbedtls_mpi scalar;
  mbedtls_ecp_point point;
  mbedtls_ecp_point product;

  multiplication() {
    mbedtls_ecp_group_init(&curve);
    mbedtls_mpi_init(&scalar);
    mbedtls_ecp_point_init(&point);
    mbedtls_ecp_point_init(&product);
  }
  ~multiplication() {
    mbedtls_ecp_point_free(&product);
    mbedtls_ecp_point_free(&point);
    mbedtls_mpi_free(&scalar);
    mbedtls_ecp_group_free(&curve);
  }
  multiplication(const multiplication&) = delete;
  multiplication& operator=(const multiplication&) = delete;
};

/// RFC 7748, section 5: decodeScalar25519. In place, so that no compiler leaves a copy behind.
void clamp(key256& scalar) {
  scalar[0] &= 0xf8;
  scalar[31] &= 0x7f;
  scalar[31] |= 0x40;
}

status multiply(const key256& private_key, const key256& u, random_source& random, key256& product) {
  multiplication work;
  key256 scalar = private_key;
  clamp(scalar);
  int failed = mbedtls_mpi_read_binary_le(&work.scalar, scalar.data(), scalar.size());
  wipe(scalar);
  if (failed == 0) failed = mbedtls_ecp_group_load(&work.curve, MBEDTLS_ECP_DP_CURVE25519);
  // Ignores the highest bit, as it should.
  if (failed == 0) failed = mbedtls_ecp_point_read_binary(&work.curve, &work.point, u.data(), u.size());
  if (failed == 0) failed = mbedtls_ecp_mul(&work.curve, &work.product, &work.scalar, &work.point, fill, &random);
  std::size_t size = 0;
  if (failed == 0) {
    failed = mbedtls_ecp_point_write_binary(&work.curve, &work.product, MBEDTLS_ECP_PF_UNCOMPRESSED, &size,
                                            product.data(), product.size());
  }
  // The scalar is clamped, so the key that mbedtls does not like is the public one: a point of small order, all of
  // which 2.28 and every 3 know by heart.
  if (failed == MBEDTLS_ERR_ECP_INVALID_KEY) return status::forged;
  return failed == 0 && size == product.size() ? status::ok : status::crypto_failed;
}

}  // namespace

status x25519_public_key(const key256& private_key, random_source& random, key256& public_key) {
  constexpr key256 base_point{9};
  return multiply(private_key, base_point, random, public_key);
}

status x25519(const key256& private_key, const key256& public_key, random_source& random, key256& shared_secret) {
  status ended = multiply(private_key, public_key, random, shared_secret);
  // Whatever mbedtls knows, and in constant time.
  constexpr key256 zeros{};
  if (ended == status::ok && equal_constant_time(shared_secret, zeros)) ended = status::forged;
  if (ended != status::ok) wipe(shared_secret);
  return ended;
}

}  // namespace sealpost
