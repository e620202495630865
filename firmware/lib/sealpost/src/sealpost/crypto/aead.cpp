#include "sealpost/crypto/aead.hpp"

#include <cstring>

#include "sealpost/crypto/mbedtls_status.hpp"

namespace sealpost {
namespace {

constexpr unsigned aes_key_bits = 128;

/// 1 where left < right, else 0, without a branch. Both are below 2^31.
constexpr std::uint32_t is_less(std::uint32_t left, std::uint32_t right) { return (left - right) >> 31; }

/// How many bytes of PKCS#7 padding (RFC 5652, section 6.3) a plaintext ends with, by its last block; 0 when they are
/// not right, such as 0. Takes the same time whatever they are.
constexpr std::uint32_t padding_size(bytes last_block) {
  const std::uint32_t size = last_block[aes_block_size - 1];
  std::uint32_t wrong = is_less(aes_block_size, size);
  for (std::uint32_t from_end = 0; from_end < aes_block_size; ++from_end) {
    const std::uint32_t is_padding = 0U - is_less(from_end, size);
    wrong |= is_padding & (last_block[aes_block_size - 1 - from_end] ^ size);
  }
  return size & (0U - is_less(wrong, 1));
}

}  // namespace

cbc_hmac::cbc_hmac() {
  mbedtls_aes_init(&encrypt_);
  mbedtls_aes_init(&decrypt_);
}

cbc_hmac::~cbc_hmac() { forget(); }

status cbc_hmac::set_key(const key256& key) {
  const bytes mac_key = bytes(key).first(16);
  const bytes encryption_key = bytes(key).last(16);
  int failed = mbedtls_aes_setkey_enc(&encrypt_, encryption_key.data(), aes_key_bits);
  if (failed == 0) failed = mbedtls_aes_setkey_dec(&decrypt_, encryption_key.data(), aes_key_bits);
  status ended = mbedtls_status(failed);
  if (ended == status::ok) ended = mac_.set_key(mac_key);
  if (ended != status::ok) forget();
  return ended;
}

void cbc_hmac::forget() {
  mac_.forget();
  for (mbedtls_aes_context* const cipher : {&encrypt_, &decrypt_}) {
    mbedtls_aes_free(cipher);
    mbedtls_aes_init(cipher);
  }
}

status cbc_hmac::seal(const key128& iv, bytes associated_data, mutable_bytes buffer, std::size_t plaintext_size) {
  if (!has_key()) return status::crypto_failed;
  if (plaintext_size > buffer.size() || sealed_size(plaintext_size) > buffer.size()) return status::no_room;
  // RFC 7518, section 5.2.2.1, steps 2 to 5.
  const mutable_bytes text = buffer.first(sealed_size(plaintext_size) - tag_size);
  const std::size_t padding = text.size() - plaintext_size;
  std::memset(text.data() + plaintext_size, static_cast<int>(padding), padding);
  key128 chain = iv;
  const int failed =
      mbedtls_aes_crypt_cbc(&encrypt_, MBEDTLS_AES_ENCRYPT, text.size(), chain.data(), text.data(), text.data());
  status ended = mbedtls_status(failed);
  key256 mac{};
  if (ended == status::ok) ended = mac_of(iv, associated_data, text, mac);
  if (ended == status::ok) std::memcpy(text.end(), mac.data(), tag_size);
  return ended;
}

status cbc_hmac::open(const key128& iv, bytes associated_data, mutable_bytes sealed, bytes& plaintext) {
  plaintext = {};
  if (!has_key()) return status::crypto_failed;
  if (sealed.size() < least_sealed_size || sealed.size() % aes_block_size != 0) return status::malformed;
  // RFC 7518, section 5.2.2.2, step 2.
  const mutable_bytes text = sealed.first(sealed.size() - tag_size);
  key256 mac{};
  if (const status ended = mac_of(iv, associated_data, text, mac); ended != status::ok) return ended;
  const bool is_right = equal_constant_time(bytes(mac).first(tag_size), sealed.last(tag_size));
  wipe(mac);
  if (!is_right) return status::forged;
  // Step 3.
  key128 chain = iv;
  const int failed =
      mbedtls_aes_crypt_cbc(&decrypt_, MBEDTLS_AES_DECRYPT, text.size(), chain.data(), text.data(), text.data());
  const std::uint32_t padding = failed == 0 ? padding_size(text.last(aes_block_size)) : 0;
  if (padding == 0) {
    wipe(text);
    return failed == 0 ? status::malformed : status::crypto_failed;
  }
  plaintext = text.first(text.size() - padding);
  return status::ok;
}

status cbc_hmac::mac_of(const key128& iv, bytes associated_data, bytes ciphertext, key256& mac) {
  // AL: the associated data's size in bits (section 5.2.2.1, step 4).
  std::array<std::uint8_t, 8> associated_bits{};
  store_u64(std::uint64_t{8} * associated_data.size(), associated_bits);
  status ended = mac_.begin();
  for (const bytes part : {associated_data, bytes(iv), ciphertext, bytes(associated_bits)}) {
    if (ended == status::ok) ended = mac_.update(part);
  }
  if (ended == status::ok) ended = mac_.finish(mac);
  return ended;
}

}  // namespace sealpost
