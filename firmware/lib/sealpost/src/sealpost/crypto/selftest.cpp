#include "sealpost/crypto/selftest.hpp"

#include <algorithm>

#include "vectors/vectors.hpp"

namespace sealpost {
namespace {

using vectors::direction;

bool same(bytes left, bytes right) { return std::equal(left.begin(), left.end(), right.begin(), right.end()); }

bool ends_with(bytes data, bytes end) { return data.size() >= end.size() && same(data.last(end.size()), end); }

mutable_bytes copy(bytes from, mutable_bytes scratch) {
  std::copy(from.begin(), from.end(), scratch.begin());
  return scratch.first(from.size());
}

bool begins(noise_initiator& initiator, const vectors::handshake_vector& vector, mutable_bytes scratch) {
  std::size_t size = 0;
  return initiator.begin(vector.psk, vector.prologue, vector.ephemeral, vector.payload_1, scratch, size) ==
             status::ok &&
         same(scratch.first(size), vector.message_1);
}

bool passes(const vectors::handshake_vector& vector, random_source& random, mutable_bytes scratch) {
  noise_initiator initiator(random);
  bytes payload;
  split_keys keys{};
  return begins(initiator, vector, scratch) &&
         initiator.finish(copy(vector.message_2, scratch), payload, keys) == status::ok &&
         same(payload, vector.payload_2) && initiator.handshake_hash() == vector.handshake_hash &&
         keys.to_server == vector.to_server && keys.to_device == vector.to_device;
}

bool passes(const vectors::refused_message_vector& vector, random_source& random, mutable_bytes scratch) {
  noise_initiator initiator(random);
  bytes payload;
  split_keys keys{};
  return begins(initiator, vectors::handshakes[0], scratch) &&
         initiator.finish(copy(vector.message_2, scratch), payload, keys) == vector.refusal && payload.empty() &&
         keys.to_server == key256{} && keys.to_device == key256{};
}

status derive(record_cipher& cipher, direction sent) {
  const vectors::handshake_vector& session = vectors::handshakes[0];
  return cipher.derive(sent == direction::to_server ? session.to_server : session.to_device);
}

bool passes(const vectors::record_vector& vector, mutable_bytes scratch) {
  const auto plaintext_at = [](std::size_t index) { return static_cast<std::uint8_t>(index % 251); };
  const mutable_bytes sealed = scratch.first(sealed_size(vector.plaintext_size));
  for (std::size_t index = 0; index < vector.plaintext_size; ++index) sealed[index] = plaintext_at(index);
  record_cipher cipher;
  bytes opened;
  if (derive(cipher, vector.sent) != status::ok ||
      cipher.seal(vector.of, vector.session_id, vector.counter, sealed, vector.plaintext_size) != status::ok ||
      !ends_with(sealed, vector.end) ||
      cipher.open(vector.of, vector.session_id, vector.counter, sealed, opened) != status::ok ||
      opened.size() != vector.plaintext_size) {
    return false;
  }
  std::size_t right = 0;
  while (right < opened.size() && opened[right] == plaintext_at(right)) ++right;
  return right == opened.size();
}

bool passes(const vectors::refused_record_vector& vector, mutable_bytes scratch) {
  record_cipher cipher;
  const mutable_bytes sealed = copy(vector.sealed, scratch);
  bytes opened;
  return derive(cipher, vector.sent) == status::ok &&
         cipher.open(vector.of, vector.session_id, vector.counter, sealed, opened) == vector.refusal &&
         opened.empty() && (vector.refusal == status::malformed || same(sealed, vector.sealed));
}

}  // namespace

std::size_t selftest_count() {
  return vectors::handshakes.size() + vectors::refused_messages_2.size() + vectors::records.size() +
         vectors::refused_records.size();
}

selftest_outcome run_selftest(std::size_t index, random_source& random, mutable_bytes scratch) {
  if (index < vectors::handshakes.size()) {
    const auto& vector = vectors::handshakes[index];
    return {vector.name, passes(vector, random, scratch)};
  }
  index -= vectors::handshakes.size();
  if (index < vectors::refused_messages_2.size()) {
    const auto& vector = vectors::refused_messages_2[index];
    return {vector.name, passes(vector, random, scratch)};
  }
  index -= vectors::refused_messages_2.size();
  if (index < vectors::records.size()) {
    const auto& vector = vectors::records[index];
    return {vector.name, passes(vector, scratch)};
  }
  index -= vectors::records.size();
  const auto& vector = vectors::refused_records[index];
  return {vector.name, passes(vector, scratch)};
}

}  // namespace sealpost
