#pragma once

#include <doctest/doctest.h>

#include <ostream>
#include <string>
#include <vector>

#include "sealpost/wire/http.hpp"
#include "wire/http_text.hpp"

/// What the parser makes of an answer, however it is cut.
namespace sealpost::test {

constexpr std::size_t body_room = 64;

/// What came of an answer.
struct outcome {
  status ended = status::ok;
  bool complete = false;
  int code = 0;
  std::string body;
  bool is_proto = false;
  bool keeps_alive = false;
  bool has_surplus = false;
  micros retry_after = 0;

  friend bool operator==(const outcome& left, const outcome& right) {
    return left.ended == right.ended && left.complete == right.complete && left.code == right.code &&
           left.body == right.body && left.is_proto == right.is_proto && left.keeps_alive == right.keeps_alive &&
           left.has_surplus == right.has_surplus && left.retry_after == right.retry_after;
  }
  friend std::ostream& operator<<(std::ostream& out, const outcome& outcome) {
    return out << describe(outcome.ended) << (outcome.complete ? ", complete, " : ", incomplete, ") << outcome.code
               << " '" << outcome.body << "'" << (outcome.is_proto ? ", proto" : "")
               << (outcome.keeps_alive ? ", keeps alive" : "") << (outcome.has_surplus ? ", surplus" : "")
               << ", retry after " << outcome.retry_after;
  }
};

/// Feeds the pieces, and then the end of the connection if it is `closed`.
inline outcome fed(const std::vector<std::string>& pieces, bool closed = false) {
  std::vector<std::uint8_t> room(body_room);
  http_response_parser parser({room.data(), room.size()});
  outcome outcome;
  for (const std::string& piece : pieces) {
    const std::vector<char> exact(piece.begin(), piece.end());
    outcome.ended = parser.take({reinterpret_cast<const std::uint8_t*>(exact.data()), exact.size()});
  }
  if (closed) outcome.ended = parser.finish();
  outcome.complete = parser.complete();
  outcome.keeps_alive = parser.keeps_alive();
  outcome.has_surplus = parser.has_surplus();
  if (outcome.ended != status::ok || !outcome.complete) return outcome;
  outcome.code = parser.code();
  outcome.body = text_of(parser.body());
  outcome.is_proto = parser.is_proto();
  outcome.retry_after = parser.retry_after();
  return outcome;
}

inline std::vector<std::string> bytewise(const std::string& text) {
  std::vector<std::string> pieces;
  for (const char byte : text) pieces.emplace_back(1, byte);
  return pieces;
}

/// The outcome, which is the same however the answer was cut.
inline outcome answer(const std::string& text, bool closed = false) {
  const outcome whole = fed({text}, closed);
  REQUIRE(fed(bytewise(text), closed) == whole);
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    REQUIRE(fed({text.substr(0, cut), text.substr(cut)}, closed) == whole);
  }
  return whole;
}

/// No whole answer.
inline outcome failure(status ended) {
  outcome outcome;
  outcome.ended = ended;
  return outcome;
}

inline const outcome malformed = failure(status::malformed);
inline const outcome no_room = failure(status::no_room);
inline const outcome incomplete = failure(status::ok);

/// A success with a body, on a connection that may serve again.
inline outcome proto(const std::string& body) { return {status::ok, true, 200, body, true, true, false, 0}; }

/// A success with further fields and an empty body.
inline std::string with(const std::string& fields) { return ok_head + fields + "Content-Length: 0\r\n\r\n"; }

inline std::string chunked(const std::string& chunks) {
  return ok_head + "Transfer-Encoding: chunked\r\n\r\n" + chunks;
}

}  // namespace sealpost::test
