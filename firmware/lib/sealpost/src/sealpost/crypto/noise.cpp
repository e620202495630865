#include "sealpost/crypto/noise.hpp"

#include <mbedtls/gcm.h>

#include <cstring>

#include "sealpost/crypto/hkdf.hpp"
#include "sealpost/crypto/hmac.hpp"
#include "sealpost/crypto/mbedtls_status.hpp"

// "Section" in this file is a section of Noise. The steps are those of docs/protocol-v1.md, section 4.3.
namespace sealpost {
namespace {

constexpr std::size_t key_size = 32;
constexpr std::size_t gcm_tag_size = 16;
static_assert(key_size + gcm_tag_size == noise_overhead);

/// As long as a hash, so it is the first hash (section 5.2, InitializeSymmetric).
constexpr char protocol_name[] = "Noise_NNpsk0_25519_AESGCM_SHA256";
static_assert(sizeof(protocol_name) - 1 == key_size);

/// Section 12.4. In this pattern each key encrypts one message, so the nonce is always 0.
class aes_gcm {
 public:
  aes_gcm() { mbedtls_gcm_init(&context_); }
  ~aes_gcm() { mbedtls_gcm_free(&context_); }
  aes_gcm(const aes_gcm&) = delete;
  aes_gcm& operator=(const aes_gcm&) = delete;

  status set_key(const key256& key) {
    return mbedtls_status(mbedtls_gcm_setkey(&context_, MBEDTLS_CIPHER_ID_AES, key.data(), 256));
  }

  /// `into` has room for the tag behind the text.
  status encrypt(bytes associated_data, bytes text, mutable_bytes into) {
    return mbedtls_status(mbedtls_gcm_crypt_and_tag(&context_, MBEDTLS_GCM_ENCRYPT, text.size(), nonce, sizeof(nonce),
                                                    associated_data.data(), associated_data.size(), text.data(),
                                                    into.data(), gcm_tag_size, into.data() + text.size()));
  }

  /// In place; compares the tag in constant time.
  status decrypt(bytes associated_data, mutable_bytes text, bytes tag) {
    const int failed =
        mbedtls_gcm_auth_decrypt(&context_, text.size(), nonce, sizeof(nonce), associated_data.data(),
                                 associated_data.size(), tag.data(), tag.size(), text.data(), text.data());
    return failed == MBEDTLS_ERR_GCM_AUTH_FAILED ? status::forged : mbedtls_status(failed);
  }

 private:
  static constexpr std::uint8_t nonce[12] = {};

  mbedtls_gcm_context context_;
};

}  // namespace

status noise_initiator::begin(const key256& psk, bytes prologue, const key256& ephemeral, bytes payload,
                              mutable_bytes into, std::size_t& message_size) {
  forget();
  message_size = 0;
  if (payload.size() > most_handshake_bytes - noise_overhead) return status::no_room;
  const std::size_t size = payload.size() + noise_overhead;
  if (size > into.size()) return status::no_room;

  ephemeral_ = ephemeral;
  std::memcpy(hash_.data(), protocol_name, key_size);
  chaining_key_ = hash_;
  key256 public_key{};
  status ended = mix_hash(prologue);
  if (ended == status::ok) ended = mix_key_and_hash(psk);
  if (ended == status::ok) ended = x25519_public_key(ephemeral, random_, public_key);
  if (ended == status::ok) ended = mix_public_key(public_key);
  if (ended == status::ok) ended = encrypt_and_hash(payload, into.from(key_size));
  if (ended != status::ok) {
    forget();
    return ended;
  }
  std::memcpy(into.data(), public_key.data(), key_size);
  message_size = size;
  is_waiting_ = true;
  return status::ok;
}

status noise_initiator::finish(mutable_bytes message, bytes& payload, split_keys& keys) {
  payload = {};
  if (!is_waiting_) return status::no_session;
  status ended = status::malformed;
  if (message.size() >= noise_overhead && message.size() <= most_handshake_bytes) ended = read(message, payload, keys);
  forget();
  if (ended != status::ok) {
    payload = {};
    wipe(keys.to_server);
    wipe(keys.to_device);
  }
  return ended;
}

status noise_initiator::read(mutable_bytes message, bytes& payload, split_keys& keys) {
  key256 public_key{};
  std::memcpy(public_key.data(), message.data(), key_size);
  key256 shared_secret{};
  status ended = mix_public_key(public_key);
  if (ended == status::ok) ended = x25519(ephemeral_, public_key, random_, shared_secret);
  if (ended == status::ok) ended = mix_key(shared_secret);
  wipe(shared_secret);
  if (ended == status::ok) ended = decrypt_and_hash(message.from(key_size), payload);

  // Section 5.2, Split.
  std::array<std::uint8_t, 2 * key_size> split{};
  if (ended == status::ok) ended = derive({}, split);
  std::memcpy(keys.to_server.data(), split.data(), key_size);
  std::memcpy(keys.to_device.data(), split.data() + key_size, key_size);
  wipe(split);
  return ended;
}

status noise_initiator::mix_hash(bytes data) {
  key256 digest{};
  const status ended = sha256(hash_, data, digest);
  hash_ = digest;
  return ended;
}

status noise_initiator::mix_key(bytes input) {
  std::array<std::uint8_t, 2 * key_size> outputs{};
  const status ended = derive(input, outputs);
  std::memcpy(chaining_key_.data(), outputs.data(), key_size);
  std::memcpy(key_.data(), outputs.data() + key_size, key_size);
  wipe(outputs);
  return ended;
}

status noise_initiator::mix_key_and_hash(bytes input) {
  std::array<std::uint8_t, 3 * key_size> outputs{};
  status ended = derive(input, outputs);
  std::memcpy(chaining_key_.data(), outputs.data(), key_size);
  if (ended == status::ok) ended = mix_hash(bytes(outputs).from(key_size).first(key_size));
  std::memcpy(key_.data(), outputs.data() + 2 * key_size, key_size);
  wipe(outputs);
  return ended;
}

/// Token e where there is a psk (section 9.2).
status noise_initiator::mix_public_key(const key256& public_key) {
  const status ended = mix_hash(public_key);
  return ended == status::ok ? mix_key(public_key) : ended;
}

status noise_initiator::encrypt_and_hash(bytes payload, mutable_bytes into) {
  aes_gcm cipher;
  status ended = cipher.set_key(key_);
  if (ended == status::ok) ended = cipher.encrypt(hash_, payload, into);
  return ended == status::ok ? mix_hash(into.first(payload.size() + gcm_tag_size)) : ended;
}

status noise_initiator::decrypt_and_hash(mutable_bytes sealed, bytes& payload) {
  // The hash is over the ciphertext, which is gone after decrypting in place.
  const key256 associated_data = hash_;
  status ended = mix_hash(sealed);
  const mutable_bytes text = sealed.first(sealed.size() - gcm_tag_size);
  aes_gcm cipher;
  if (ended == status::ok) ended = cipher.set_key(key_);
  if (ended == status::ok) ended = cipher.decrypt(associated_data, text, sealed.last(gcm_tag_size));
  payload = text;
  return ended;
}

/// Noise's HKDF (section 4.3): RFC 5869's, with the chaining key as salt and no info.
status noise_initiator::derive(bytes input, mutable_bytes outputs) const {
  key256 temporary_key{};
  status ended = hmac(chaining_key_, input, temporary_key);
  if (ended == status::ok) ended = hkdf_expand(temporary_key, {}, outputs);
  wipe(temporary_key);
  return ended;
}

void noise_initiator::forget() {
  is_waiting_ = false;
  wipe(ephemeral_);
  wipe(chaining_key_);
  wipe(key_);
}

}  // namespace sealpost
