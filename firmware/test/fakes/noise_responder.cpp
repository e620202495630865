#include "fakes/noise_responder.hpp"

#include <mbedtls/gcm.h>

#include <algorithm>
#include <stdexcept>

#include "sealpost/crypto/aead.hpp"

namespace sealpost::test {
namespace {

void require(status status) {
  if (status != status::ok) throw std::runtime_error(describe(status));
}

}  // namespace

void noise_responder::mix_hash(bytes data) {
  const key256 before = hash_;
  require(sha256(before, data, hash_));
}

std::vector<key256> noise_responder::mix(bytes input, int outputs) {
  key256 temporary{};
  require(hmac(chaining_key_, input, temporary));
  std::vector<key256> made;
  std::vector<std::uint8_t> message;
  for (int i = 1; i <= outputs; ++i) {
    message.push_back(static_cast<std::uint8_t>(i));
    key256 output{};
    require(hmac(temporary, {message.data(), message.size()}, output));
    made.push_back(output);
    message.assign(output.begin(), output.end());
  }
  return made;
}

bool noise_responder::crypt(bool encrypt, const std::vector<std::uint8_t>& in, std::vector<std::uint8_t>& out) {
  if (!encrypt && in.size() < tag_size) return false;
  const std::array<std::uint8_t, 12> nonce{};
  const std::size_t text = encrypt ? in.size() : in.size() - tag_size;
  out.assign(encrypt ? text + tag_size : text, 0);
  mbedtls_gcm_context gcm;
  mbedtls_gcm_init(&gcm);
  int failed = mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, key_.data(), 256);
  if (failed == 0 && encrypt) {
    failed = mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, text, nonce.data(), nonce.size(), hash_.data(),
                                       hash_.size(), in.data(), out.data(), tag_size, out.data() + text);
  } else if (failed == 0) {
    failed = mbedtls_gcm_auth_decrypt(&gcm, text, nonce.data(), nonce.size(), hash_.data(), hash_.size(),
                                      in.data() + text, tag_size, in.data(), out.data());
  }
  mbedtls_gcm_free(&gcm);
  const std::vector<std::uint8_t>& ciphertext = encrypt ? out : in;
  mix_hash({ciphertext.data(), ciphertext.size()});
  return failed == 0;
}

bool noise_responder::open(const key256& psk, const std::string& device_id, const std::vector<std::uint8_t>& message,
                           std::vector<std::uint8_t>& payload) {
  if (message.size() < noise_overhead) return false;
  const bytes name = bytes_of("Noise_NNpsk0_25519_AESGCM_SHA256");
  std::copy(name.begin(), name.end(), hash_.begin());
  chaining_key_ = hash_;
  const std::string prologue = std::string("sealpost.v1") + '\0' + device_id;
  const std::vector<std::uint8_t> prologue_bytes(prologue.begin(), prologue.end());
  mix_hash({prologue_bytes.data(), prologue_bytes.size()});
  const auto with_psk = mix(psk, 3);
  chaining_key_ = with_psk[0];
  mix_hash(with_psk[1]);
  std::copy_n(message.begin(), initiator_ephemeral_.size(), initiator_ephemeral_.begin());
  mix_hash(initiator_ephemeral_);
  const auto with_e = mix(initiator_ephemeral_, 2);
  chaining_key_ = with_e[0];
  key_ = with_e[1];
  return crypt(false, {message.begin() + 32, message.end()}, payload);
}

std::vector<std::uint8_t> noise_responder::answer(const std::vector<std::uint8_t>& payload, split_keys& keys) {
  key256 ephemeral{};
  key256 own_public{};
  key256 shared{};
  require(random_.fill(ephemeral));
  require(x25519_public_key(ephemeral, random_, own_public));
  mix_hash(own_public);
  chaining_key_ = mix(own_public, 2)[0];
  require(x25519(ephemeral, initiator_ephemeral_, random_, shared));
  const auto with_ee = mix(shared, 2);
  chaining_key_ = with_ee[0];
  key_ = with_ee[1];
  std::vector<std::uint8_t> sealed;
  crypt(true, payload, sealed);
  const auto split = mix({}, 2);
  keys = {split[0], split[1]};
  std::vector<std::uint8_t> message(own_public.size() + sealed.size());
  std::copy(sealed.begin(), sealed.end(), std::copy(own_public.begin(), own_public.end(), message.begin()));
  return message;
}

}  // namespace sealpost::test
