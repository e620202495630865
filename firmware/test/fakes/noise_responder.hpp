#pragma once

#include <string>
#include <vector>

#include "sealpost/crypto/noise.hpp"

namespace sealpost::test {

/// The server's side of one handshake, by the letter of docs/protocol-v1.md, section 4.3.
class noise_responder {
 public:
  explicit noise_responder(random_source& random) : random_(random) {}

  /// Opens message 1: false when it is not from a holder of the psk.
  bool open(const key256& psk, const std::string& device_id, const std::vector<std::uint8_t>& message,
            std::vector<std::uint8_t>& payload);
  /// Message 2.
  std::vector<std::uint8_t> answer(const std::vector<std::uint8_t>& payload, split_keys& keys);

 private:
  void mix_hash(bytes data);
  std::vector<key256> mix(bytes input, int outputs);
  bool crypt(bool encrypt, const std::vector<std::uint8_t>& in, std::vector<std::uint8_t>& out);

  random_source& random_;
  key256 hash_{};
  key256 chaining_key_{};
  key256 key_{};
  key256 initiator_ephemeral_{};
};

}  // namespace sealpost::test
