#pragma once

#include <cstdint>

namespace sealpost {

/// How something ended. Every function that can fail gives one, and nobody may ignore it.
enum class [[nodiscard]] status : std::uint8_t {
  ok,
  /// A buffer or a partition is too small.
  no_room,
  /// What arrived does not parse, or is out of its bounds.
  malformed,
  /// A tag did not verify: it is not from the holder of the key.
  forged,
  /// No connection, or it ended in the middle.
  unreachable,
  /// Nothing came in time.
  timed_out,
  /// The server does not know this session, or this key.
  unauthenticated,
  /// The server answered with any other error, or with what is no answer of the protocol.
  refused,
  /// There is no session to seal under, or it has ended, or its counters are used up.
  no_session,
  /// An error before asks to wait still, or somebody else is using the link.
  not_now,
  /// Nothing is stored under that key.
  not_found,
  /// Flash does not hold what was written to it.
  flash_failed,
  /// mbedtls or the random generator failed.
  crypto_failed,
};

/// A few words for a log.
[[nodiscard]] const char* describe(status status);

}  // namespace sealpost
