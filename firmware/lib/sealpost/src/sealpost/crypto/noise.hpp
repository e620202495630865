#pragma once

#include "sealpost/crypto/x25519.hpp"

/// Noise_NNpsk0_25519_AESGCM_SHA256, the initiator (Noise, revision 34).
namespace sealpost {

/// A message is a public key, and a payload with its tag.
constexpr std::size_t noise_overhead = 48;
constexpr std::size_t most_handshake_bytes = 512;

/// What a handshake gives (Noise, section 5.2, Split). Its holder wipes it.
struct split_keys {
  key256 to_server;
  key256 to_device;
};

/// One handshake: begin, then finish once. Wipes what it knows when it is finished, has failed, or goes.
class noise_initiator {
 public:
  explicit noise_initiator(random_source& random) : random_(random) {}
  ~noise_initiator() { forget(); }
  noise_initiator(const noise_initiator&) = delete;
  noise_initiator& operator=(const noise_initiator&) = delete;

  /// Writes message 1 (`-> psk, e`). `ephemeral` is a fresh private key, for this handshake only. no_room when the
  /// message would not fit `into`, or have more than most_handshake_bytes.
  status begin(const key256& psk, bytes prologue, const key256& ephemeral, bytes payload, mutable_bytes into,
               std::size_t& message_size);

  /// Reads message 2 (`<- e, ee`), in place: `payload` is a part of `message`. malformed when its size is out of
  /// bounds, forged unless it comes from the holder of the psk, no_session without a begin before it.
  status finish(mutable_bytes message, bytes& payload, split_keys& keys);

  /// The handshake hash (Noise, section 11.2): good to compare when two implementations differ.
  [[nodiscard]] const key256& handshake_hash() const { return hash_; }

 private:
  status mix_hash(bytes data);
  status mix_key(bytes input);
  status mix_key_and_hash(bytes input);
  status mix_public_key(const key256& public_key);
  status encrypt_and_hash(bytes payload, mutable_bytes into);
  status decrypt_and_hash(mutable_bytes sealed, bytes& payload);
  status derive(bytes input, mutable_bytes outputs) const;
  status read(mutable_bytes message, bytes& payload, split_keys& keys);
  void forget();

  random_source& random_;
  bool is_waiting_ = false;
  key256 ephemeral_{};
  key256 hash_{};
  key256 chaining_key_{};
  key256 key_{};
};

}  // namespace sealpost
