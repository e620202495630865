#pragma once

#include <mbedtls/aes.h>

#include "sealpost/crypto/hmac.hpp"

/// A128CBC-HS256: AEAD_AES_128_CBC_HMAC_SHA_256 of RFC 7518, section 5.2.3.
namespace sealpost {

constexpr std::size_t aes_block_size = 16;
constexpr std::size_t tag_size = 16;
/// One block of padding, and the tag.
constexpr std::size_t least_sealed_size = aes_block_size + tag_size;

/// What a plaintext of that size becomes: PKCS#7 padding always adds 1 to 16 bytes.
[[nodiscard]] constexpr std::size_t sealed_size(std::size_t plaintext_size) {
  return (plaintext_size / aes_block_size + 1) * aes_block_size + tag_size;
}

/// One key for many messages. Allocates in set_key only. Without a key everything is crypto_failed.
class cbc_hmac {
 public:
  cbc_hmac();
  ~cbc_hmac();
  cbc_hmac(const cbc_hmac&) = delete;
  cbc_hmac& operator=(const cbc_hmac&) = delete;

  /// 16 bytes of MAC_KEY, then 16 of ENC_KEY (RFC 7518, section 5.2.2.1). Leaves no key behind when it fails.
  status set_key(const key256& key);
  [[nodiscard]] bool has_key() const { return mac_.has_key(); }
  void forget();

  /// Seals the first `plaintext_size` bytes of `buffer` in place: they become sealed_size(plaintext_size) bytes of
  /// ciphertext and tag. no_room when the buffer has fewer.
  status seal(const key128& iv, bytes associated_data, mutable_bytes buffer, std::size_t plaintext_size);

  /// Opens ciphertext and tag in place; `plaintext` is what `sealed` then begins with. A size that no sealed message
  /// has is malformed. The tag is compared in constant time and before anything is decrypted: forged, and `sealed` is
  /// as it was. Wrong padding behind a right tag is malformed as well, and looked at in constant time.
  status open(const key128& iv, bytes associated_data, mutable_bytes sealed, bytes& plaintext);

 private:
  status mac_of(const key128& iv, bytes associated_data, bytes ciphertext, key256& mac);

  hmac_sha256 mac_;
  mbedtls_aes_context encrypt_;
  mbedtls_aes_context decrypt_;
};

}  // namespace sealpost
