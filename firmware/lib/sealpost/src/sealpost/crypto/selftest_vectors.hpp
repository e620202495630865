#pragma once

#include "sealpost/crypto/record.hpp"

/// What a vector of gen/vectors/vectors.hpp is. gen/vectors/vectors.json says the same to everybody else.
namespace sealpost::vectors {

/// What an initiator writes and reads, and what it has in the end.
struct handshake_vector {
  const char* name;
  key256 psk;
  key256 ephemeral;
  key256 handshake_hash;
  key256 to_server;
  key256 to_device;
  bytes prologue;
  bytes payload_1;
  bytes message_1;
  bytes payload_2;
  bytes message_2;
};

/// What the initiator of the first handshake refuses for message 2, and how.
struct refused_message_vector {
  const char* name;
  bytes message_2;
  status refusal;
};

enum class direction : std::uint8_t { to_server, to_device };

/// A record of the session that the first handshake makes. Byte i of its plaintext is i modulo 251.
struct record_vector {
  const char* name;
  direction sent;
  method of;
  std::uint64_t session_id;
  std::uint32_t counter;
  std::uint16_t plaintext_size;
  /// What the sealed bytes end with: all of them, or of a large record the tag.
  bytes end;
};

/// What is refused at that place, and how.
struct refused_record_vector {
  const char* name;
  direction sent;
  method of;
  std::uint64_t session_id;
  std::uint32_t counter;
  bytes sealed;
  status refusal;
};

}  // namespace sealpost::vectors
