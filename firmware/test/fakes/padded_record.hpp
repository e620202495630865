#pragma once

#include <mbedtls/aes.h>

#include <cstring>

#include "sealpost/crypto/aead.hpp"

namespace sealpost::test {

/// Seals a text that has its padding already, be that right or wrong: `buffer` is whole blocks of it and room for the
/// tag, which is a right one (RFC 7518, section 5.2.2.1, steps 3 to 5).
inline status seal_padded(const key256& key, const key128& iv, bytes associated_data, mutable_bytes buffer) {
  const mutable_bytes text = buffer.first(buffer.size() - tag_size);
  mbedtls_aes_context aes;
  mbedtls_aes_init(&aes);
  key128 chain = iv;
  int failed = mbedtls_aes_setkey_enc(&aes, bytes(key).last(16).data(), 128);
  if (failed == 0) {
    failed = mbedtls_aes_crypt_cbc(&aes, MBEDTLS_AES_ENCRYPT, text.size(), chain.data(), text.data(), text.data());
  }
  mbedtls_aes_free(&aes);
  if (failed != 0) return status::crypto_failed;

  std::array<std::uint8_t, 8> associated_bits{};
  store_u64(associated_data.size() * 8U, associated_bits);
  hmac_sha256 mac;
  key256 tag{};
  status ended = mac.set_key(bytes(key).first(16));
  if (ended == status::ok) ended = mac.begin();
  for (const bytes part : {associated_data, bytes(iv), bytes(text), bytes(associated_bits)}) {
    if (ended == status::ok) ended = mac.update(part);
  }
  if (ended == status::ok) ended = mac.finish(tag);
  std::memcpy(text.end(), tag.data(), tag_size);
  return ended;
}

}  // namespace sealpost::test
