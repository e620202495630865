#pragma once

#include "sealpost/platform.hpp"

/// As much of HTTP/1.1 (RFC 9112) as a device needs: POST with a Content-Length, and answers that end by Content-Length
/// or in chunks. What is at the other end is hostile until its record has verified.
namespace sealpost {

struct server_address {
  /// A name or an address; one of IPv6 without its brackets.
  std::array<char, 64> host{};
  std::uint16_t port = 0;
};
/// `http://name-or-address:port`, port 80 when there is none, an IPv6 address in brackets, nothing after it but perhaps
/// `/`. Anything else is malformed.
status parse_server_url(const char* url, server_address& address);

/// An answer as it arrives, in pieces of any size. What two readers of a stream can take differently is what attacks on
/// HTTP are made of, so this one is strict, beyond RFC 9112 too: lines end in CR LF (section 2.2 lets a recipient take
/// a lone LF; no server of ours sends one), folded fields (5.2 would have them joined) and repeated lengths (6.3) are
/// refused. Bounded: 4 KiB of head (status lines, header fields, chunk sizes and trailers together count towards it), 4
/// interim answers, and the body's buffer.
class http_response_parser {
 public:
  explicit http_response_parser(mutable_bytes body) : body_(body) {}
  /// Takes what has arrived, up to the answer's end. malformed for what is no answer or is ambiguous, no_room beyond a
  /// bound; after either nothing more of that connection is to be believed.
  status take(bytes data);
  /// The connection has ended: ok when the answer is whole, as one without a length is now (RFC 9112, section 6.3),
  /// else unreachable.
  status finish();
  [[nodiscard]] bool complete() const { return state_ == state::complete; }
  /// Whether bytes came after the answer's end: they answer nothing, so the connection is to be closed.
  [[nodiscard]] bool has_surplus() const { return has_surplus_; }
  [[nodiscard]] std::uint16_t code() const { return head_.code; }
  /// Whether the connection may serve again (RFC 9112, section 9.3).
  [[nodiscard]] bool keeps_alive() const;
  /// Of Retry-After when it is a number of seconds, 5 minutes at most; else 0.
  [[nodiscard]] micros retry_after() const { return head_.retry_after; }
  /// Whether Content-Type is application/proto, parameters aside.
  [[nodiscard]] bool is_proto() const { return head_.is_proto; }
  [[nodiscard]] mutable_bytes body() const { return body_.first(body_size_); }

 private:
  using text = span<const char>;
  enum class state : std::uint8_t {
    status_line,
    field,
    body,
    body_until_end,
    chunk_size,
    chunk,
    chunk_end,
    trailer,
    complete,
  };
  /// What the last head has said.
  struct head {
    std::uint16_t code = 0;
    bool is_http_1_0 = false;
    bool has_length = false;
    bool is_chunked = false;
    bool says_close = false;
    bool says_keep_alive = false;
    bool is_proto = false;
    std::size_t length = 0;
    micros retry_after = 0;
  };

  [[nodiscard]] bool in_body() const;
  status take_body(bytes data);
  status take_line_byte(std::uint8_t byte);
  status end_line(text line);
  status take_status_line(text line);
  status take_field(text line);
  status take_known_field(text name, text value);
  void take_connection_options(text options);
  status end_head();
  status begin_body(std::size_t length, state kind);
  status take_chunk_size(text line);

  mutable_bytes body_;
  std::size_t body_size_ = 0;
  /// What is still to come of the body, or of the chunk.
  std::size_t body_left_ = 0;
  std::size_t head_size_ = 0;
  /// As much of a line as is of interest.
  std::array<char, 128> line_{};
  std::size_t line_size_ = 0;
  bool line_is_cut_ = false;
  bool after_cr_ = false;
  bool ends_with_connection_ = false;
  bool has_surplus_ = false;
  std::uint8_t interim_answers_ = 0;
  state state_ = state::status_line;
  status failure_ = status::ok;
  head head_;
};

}  // namespace sealpost
