#pragma once

#include "sealpost/platform.hpp"

/// As much of HTTP/1.1 (RFC 9112) as a device needs: POST with a Content-Length, and answers that end by Content-Length
/// or in chunks. What is at the other end is hostile until its record has verified.
namespace sealpost {

/// `http://name-or-address:port`, port 80 when there is none, nothing after it but perhaps `/`.
struct server_address {
  std::array<char, 64> host{};
  std::uint16_t port = 0;
};
status parse_server_url(const char* url, server_address& address);

/// An answer as it arrives. Bounded: 4 KiB of head (status line, header fields, chunk sizes and trailers together count
/// towards it) and the body's buffer.
class http_response_parser {
 public:
  explicit http_response_parser(mutable_bytes body) : body_(body) {}
  /// Takes what has arrived, up to the answer's end. malformed for what is no answer or is ambiguous, no_room beyond a
  /// bound; after either nothing more of that connection is to be believed.
  status take(bytes data);
  [[nodiscard]] bool complete() const;
  /// Whether bytes came after the answer's end: they answer nothing, so the connection is to be closed.
  [[nodiscard]] bool has_surplus() const;
  [[nodiscard]] std::uint16_t code() const;
  /// Whether the connection may serve again.
  [[nodiscard]] bool keeps_alive() const;
  /// Of Retry-After when it is a number of seconds, else 0.
  [[nodiscard]] micros retry_after() const;
  /// Whether Content-Type is `type`, parameters aside.
  [[nodiscard]] bool is_proto() const;
  [[nodiscard]] mutable_bytes body() const;

 private:
  mutable_bytes body_;
  // The rest is the implementation's.
};

}  // namespace sealpost
