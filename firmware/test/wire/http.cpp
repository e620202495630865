#include "sealpost/wire/http.hpp"

#include <doctest/doctest.h>

#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "wire/http_text.hpp"

namespace sealpost::test {
namespace {

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
outcome fed(const std::vector<std::string>& pieces, bool closed = false) {
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

std::vector<std::string> bytewise(const std::string& text) {
  std::vector<std::string> pieces;
  for (const char byte : text) pieces.emplace_back(1, byte);
  return pieces;
}

/// The outcome, which is the same however the answer was cut.
outcome answer(const std::string& text, bool closed = false) {
  const outcome whole = fed({text}, closed);
  REQUIRE(fed(bytewise(text), closed) == whole);
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    REQUIRE(fed({text.substr(0, cut), text.substr(cut)}, closed) == whole);
  }
  return whole;
}

/// No whole answer.
outcome failure(status ended) {
  outcome outcome;
  outcome.ended = ended;
  return outcome;
}

const outcome malformed = failure(status::malformed);
const outcome no_room = failure(status::no_room);
const outcome incomplete = failure(status::ok);

/// A success with a body, on a connection that may serve again.
outcome proto(const std::string& body) { return {status::ok, true, 200, body, true, true, false, 0}; }

/// A success with further fields and an empty body.
std::string with(const std::string& fields) { return ok_head + fields + "Content-Length: 0\r\n\r\n"; }

std::string chunked(const std::string& chunks) { return ok_head + "Transfer-Encoding: chunked\r\n\r\n" + chunks; }

}  // namespace

TEST_CASE("an answer with a length ends there") {
  CHECK(answer(success("sealed")) == proto("sealed"));
  CHECK(answer(success("")) == proto(""));
  CHECK(answer(success(std::string(body_room, 'x'))) == proto(std::string(body_room, 'x')));
  CHECK(answer(success(std::string("\0\r\n\xff", 4))) == proto(std::string("\0\r\n\xff", 4)));
}

TEST_CASE("an answer is incomplete until its last byte, and then unreachable if the connection ends") {
  for (const std::string& whole : {success("sealed"), chunked("6\r\nsealed\r\n0\r\n\r\n")}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      REQUIRE(fed({whole.substr(0, size)}) == incomplete);
      REQUIRE(fed({whole.substr(0, size)}, true) == failure(status::unreachable));
    }
    CHECK(fed({whole}, true) == proto("sealed"));
  }
}

TEST_CASE("bytes after the answer's end are noticed, and the connection serves no more") {
  outcome expected = proto("sealed");
  expected.has_surplus = true;
  expected.keeps_alive = false;
  CHECK(answer(success("sealed") + "H") == expected);
  CHECK(answer(success("sealed") + success("more")) == expected);
  CHECK(answer(chunked("6\r\nsealed\r\n0\r\n\r\n") + "\r\n") == expected);
}

TEST_CASE("an answer in chunks ends with the last chunk") {
  CHECK(answer(chunked("6\r\nsealed\r\n0\r\n\r\n")) == proto("sealed"));
  CHECK(answer(chunked("1\r\ns\r\n002\r\nea\r\n3\r\nled\r\n000\r\n\r\n")) == proto("sealed"));
  CHECK(answer(chunked("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n")) == proto("01234567890123456789"));
  CHECK(answer(chunked("0\r\n\r\n")) == proto(""));
}

TEST_CASE("extensions and trailers of chunks are passed over") {
  CHECK(answer(chunked("6;a=b;c=\"d\"\r\nsealed\r\n0 ; e\r\n\r\n")) == proto("sealed"));
  CHECK(answer(chunked("6;" + std::string(300, 'x') + "\r\nsealed\r\n0\r\n\r\n")) == proto("sealed"));
  CHECK(answer(chunked("6\r\nsealed\r\n0\r\nExpires: never\r\nContent-Length: 9\r\nConnection: close\r\n\r\n")) ==
        proto("sealed"));
}

TEST_CASE("chunks that are none are malformed") {
  for (const char* chunks :
       {"\r\n", "g\r\n", "-1\r\n", "+6\r\n", "0x6\r\n", " 6\r\n", "6 \r\n", "6,\r\n", "6\nsealed\r\n",
        "6\r\nsealedX\r\n", "6\r\nsealed\n", "6\r\nsealed0\r\n\r\n", "6\r\nsealed\r\n\r\n", "6;a\x01\r\n",
        "0\r\nno field\r\n\r\n", "0\r\n folded: x\r\n\r\n", "0\r\n: x\r\n\r\n", "0\r\nX:\n\r\n"}) {
    CAPTURE(chunks);
    CHECK(answer(chunked(chunks)) == malformed);
  }
  CHECK(answer(chunked(std::string(200, '0') + "\r\n")) == malformed);
}

TEST_CASE("a body without length or chunks goes on until the connection ends, which serves no more") {
  const std::string text = ok_head + "\r\nsealed";
  CHECK(answer(text) == incomplete);
  CHECK(answer(text, true) == outcome{status::ok, true, 200, "sealed", true, false, false, 0});
  CHECK(answer(ok_head + "\r\n", true) == outcome{status::ok, true, 200, "", true, false, false, 0});
}

TEST_CASE("a body beyond its room is refused, whatever says how long it is") {
  const std::string large(body_room + 1, 'x');
  CHECK(answer(success(large)) == no_room);
  CHECK(answer(ok_head + "Content-Length: 65\r\n\r\n") == no_room);
  CHECK(answer(ok_head + "Content-Length: 18446744073709551617\r\n\r\n") == no_room);
  CHECK(answer(ok_head + "\r\n" + large) == no_room);
  CHECK(answer(ok_head + "\r\n" + large, true) == no_room);
  CHECK(answer(chunked("41\r\n")) == no_room);
  CHECK(answer(chunked("ffffffffffffffffffff\r\n")) == no_room);
  CHECK(answer(chunked("40\r\n" + std::string(body_room, 'x') + "\r\n1\r\n")) == no_room);
}

TEST_CASE("an answer of both lengths and chunks, or of two lengths, is ambiguous") {
  CHECK(answer(with("Transfer-Encoding: chunked\r\n")) == malformed);
  CHECK(answer(ok_head + "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n") == malformed);
  CHECK(answer(with("Content-Length: 1\r\n")) == malformed);
  CHECK(answer(with("Content-Length: 0\r\n")) == malformed);
  CHECK(answer(ok_head + "Content-Length: 0, 0\r\n\r\n") == malformed);
}

TEST_CASE("a length is digits and nothing else") {
  for (const char* length : {"", "-0", "+0", "0x0", "0.", "0 0", "a", "\"0\"", "0;"}) {
    CAPTURE(length);
    CHECK(answer(ok_head + "Content-Length: " + length + "\r\n\r\n") == malformed);
  }
  CHECK(answer(ok_head + "Content-Length:\t 0000 \t\r\n\r\n") == proto(""));
  CHECK(answer(ok_head + "Content-Length: " + std::string(200, '0') + "\r\n\r\n") == malformed);
}

TEST_CASE("no coding but chunked is taken") {
  for (const char* coding : {"gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked", "identity", "", "chunke"}) {
    CAPTURE(coding);
    CHECK(answer(ok_head + "Transfer-Encoding: " + coding + "\r\n\r\n0\r\n\r\n") == malformed);
  }
  CHECK(answer(ok_head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == malformed);
  CHECK(answer(ok_head + "transfer-encoding:ChUnKeD \r\n\r\n0\r\n\r\n") == proto(""));
  CHECK(answer("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == malformed);
  CHECK(answer(ok_head + "Transfer-Encoding: chunked" + std::string(200, ' ') + ", gzip\r\n\r\n0\r\n\r\n") ==
        malformed);
}

TEST_CASE("a body that is compressed is malformed") {
  CHECK(answer(with("Content-Encoding: gzip\r\n")) == malformed);
  CHECK(answer(with("Content-Encoding: identity, gzip\r\n")) == malformed);
  CHECK(answer(with("Content-Encoding:\r\n")) == malformed);
  CHECK(answer(with("Content-Encoding: Identity\r\n")) == proto(""));
}

TEST_CASE("interim answers are passed over, four of them") {
  const std::string early =
      "HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\nConnection: close\r\nRetry-After: 9\r\n\r\n";
  const std::string next = "HTTP/1.1 100 \r\n\r\n";
  CHECK(answer(next + success("sealed")) == proto("sealed"));
  CHECK(answer(early + next + early + next + success("sealed")) == proto("sealed"));
  CHECK(answer(next + next + next + next + next + success("sealed")) == malformed);
  CHECK(answer("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n") == malformed);
}

TEST_CASE("answers that never have a body have none, whatever they say") {
  CHECK(answer("HTTP/1.1 204 No Content\r\n\r\n") == outcome{status::ok, true, 204, "", false, true, false, 0});
  CHECK(answer("HTTP/1.1 304 Not Modified\r\nContent-Length: 50\r\n\r\n") ==
        outcome{status::ok, true, 304, "", false, true, false, 0});
}

TEST_CASE("a status line has its version, three digits and both spaces") {
  const std::string rest = "\r\nContent-Length: 0\r\n\r\n";
  for (const char* line : {"",
                           "HTTP/1.1",
                           "HTTP/1.1 200",
                           "HTTP/1.1  200 OK",
                           "HTTP/1.1 20 OK",
                           "HTTP/1.1 2000 OK",
                           "HTTP/1.1 2x0 OK",
                           "HTTP/1.1 099 No",
                           "HTTP/1.1 600 No",
                           "HTTP/1.1 000 No",
                           "HTTP/1.1\t200 OK",
                           "HTTP/1.1 200\tOK",
                           "HTTP/1.2 200 OK",
                           "HTTP/2.0 200 OK",
                           "HTTP/2 200 OK",
                           "HTTP/11 200 OK",
                           "http/1.1 200 OK",
                           "HTTPS/1.1 200 OK",
                           " HTTP/1.1 200 OK",
                           "ICY 200 OK",
                           "SSH-2.0-OpenSSH_9.2",
                           "200 OK",
                           "HTTP/1.1 200OK",
                           "HTTP/1.1 -20 OK"}) {
    CAPTURE(line);
    CHECK(answer(line + rest) == malformed);
  }
  const outcome plain{status::ok, true, 200, "", false, true, false, 0};
  CHECK(answer("HTTP/1.1 200 " + rest) == plain);
  CHECK(answer("HTTP/1.1 200 Sure, \xe2\x9c\x93 " + std::string(300, '!') + rest) == plain);
}

TEST_CASE("a field has a name of token characters right before its colon") {
  for (const char* field : {"X", "X Y: z", "X : y", ": y", " X: y", "\tX: y", "X\x7f: y", "X\xc3\xa4: y", "X(: y",
                            "X\"Y: z", "X/Y: z", "X@Y: z"}) {
    CAPTURE(field);
    CHECK(answer(with(std::string(field) + "\r\n")) == malformed);
  }
  CHECK(answer(with("X-!#$%&'*+-.^_`|~09azAZ:\r\nX:y\r\nX:\t \r\n")) == proto(""));
}

TEST_CASE("a field that goes on in the next line is refused") {
  CHECK(answer(with("X: y\r\n z\r\n")) == malformed);
  CHECK(answer(with("X: y\r\n\tz\r\n")) == malformed);
}

TEST_CASE("a lone CR or LF, a NUL or another control character is malformed") {
  for (const char byte : {'\0', '\1', '\n', '\r', '\v', '\x1f', '\x7f'}) {
    const std::string control(1, byte);
    CAPTURE(static_cast<int>(byte));
    CHECK(answer("HTTP/1.1 200 O" + control + "K\r\nContent-Length: 0\r\n\r\n") == malformed);
    CHECK(answer(with("X: y" + control + "z\r\n")) == malformed);
    CHECK(answer(with("X" + control + ": y\r\n")) == malformed);
  }
  CHECK(answer("HTTP/1.1 200 OK\nContent-Length: 0\n\n") == malformed);
  CHECK(answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n") == malformed);
  CHECK(answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\r\n") == malformed);
  CHECK(answer(with("X: a\tb \xff\r\n")) == proto(""));
}

TEST_CASE("long fields are passed over, except where their meaning would be lost") {
  const std::string long_text(1000, 'x');
  CHECK(answer(with("Set-Cookie: " + long_text + "\r\n")) == proto(""));
  CHECK(answer(with("Connection: keep-alive, " + long_text + "\r\n")) == malformed);
  CHECK(answer(with("Content-Encoding: identity" + std::string(1000, ' ') + "\r\n")) == malformed);
  CHECK(answer(with(long_text + ": y\r\n")) == malformed);
  CHECK(answer(with("Content-Type: application/proto; " + long_text + "\r\n")) == proto(""));
  CHECK(answer(with("Retry-After: " + std::string(1000, '1') + "\r\n")) == proto(""));
}

TEST_CASE("a head has at most 4 KiB, with all its interim answers, chunk sizes and trailers") {
  const std::string before = ok_head + "Content-Length: 0\r\nX: ";
  const std::string fitting = before + std::string(4096 - before.size() - 4, 'x') + "\r\n\r\n";
  REQUIRE(fitting.size() == 4096);
  CHECK(fed({fitting}) == proto(""));
  CHECK(fed({before + std::string(4096 - before.size() - 3, 'x') + "\r\n\r\n"}) == no_room);
  CHECK(fed({"HTTP/1.1 100 \r\n\r\n" + fitting}) == no_room);
  CHECK(fed({chunked("1;" + std::string(2000, 'x') + "\r\nx\r\n0\r\nX: " + std::string(2100, 'x') + "\r\n\r\n")}) ==
        no_room);
  std::string endless = ok_head;
  for (int i = 0; i < 2000; ++i) endless += "X: y\r\n";
  CHECK(fed({endless}) == no_room);
}

TEST_CASE("the type of an answer is read without its parameters and whatever its case") {
  const auto is_proto = [](const std::string& type) {
    return answer("HTTP/1.1 200 OK\r\nContent-Type:" + type + "\r\nContent-Length: 0\r\n\r\n").is_proto;
  };
  CHECK(is_proto("application/proto"));
  CHECK(is_proto(" Application/Proto ; charset=utf-8"));
  CHECK_FALSE(is_proto("application/protobuf"));
  CHECK_FALSE(is_proto("application/prot"));
  CHECK_FALSE(is_proto("application/json"));
  CHECK_FALSE(is_proto("application/connect+proto"));
  CHECK_FALSE(is_proto("text/html; a=application/proto"));
  CHECK_FALSE(is_proto(""));
}

TEST_CASE("a connection serves again unless the answer says close, or is of HTTP/1.0 and does not say keep-alive") {
  const auto keeps_alive = [](const std::string& version, const std::string& fields) {
    return answer("HTTP/1." + version + " 200 OK\r\n" + fields + "Content-Length: 0\r\n\r\n").keeps_alive;
  };
  CHECK(keeps_alive("1", ""));
  CHECK(keeps_alive("1", "Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n"));
  CHECK(keeps_alive("1", "Connection: ,closed , xclose\r\n"));
  CHECK_FALSE(keeps_alive("1", "Connection: close\r\n"));
  CHECK_FALSE(keeps_alive("1", "connection: Keep-Alive,\tCLOSE ,\r\n"));
  CHECK_FALSE(keeps_alive("1", "Connection: close\r\nConnection: keep-alive\r\n"));
  CHECK_FALSE(keeps_alive("0", ""));
  CHECK(keeps_alive("0", "Connection: keep-alive\r\n"));
  CHECK_FALSE(keeps_alive("0", "Connection: keep-alive, close\r\n"));
}

TEST_CASE("Retry-After is a number of seconds, 5 minutes at most, or nothing") {
  const auto retry_after = [](const std::string& value) {
    return answer("HTTP/1.1 429 Slow\r\nRetry-After:" + value + "\r\nContent-Length: 0\r\n\r\n").retry_after;
  };
  CHECK(retry_after(" 4 ") == 4 * second);
  CHECK(retry_after("0") == 0);
  CHECK(retry_after("300") == 5 * minute);
  CHECK(retry_after("301") == 5 * minute);
  CHECK(retry_after("99999999999999999999999999") == 5 * minute);
  CHECK(retry_after("") == 0);
  CHECK(retry_after("-1") == 0);
  CHECK(retry_after("1.5") == 0);
  CHECK(retry_after("1e2") == 0);
  CHECK(retry_after("Sun, 22 Nov 2026 12:00:00 GMT") == 0);
}

TEST_CASE("what has failed stays failed") {
  std::array<std::uint8_t, body_room> room{};
  http_response_parser parser(room);
  REQUIRE(parser.take(bytes_in("SMTP\r\n")) == status::malformed);
  CHECK(parser.take(bytes_in(success("sealed"))) == status::malformed);
  CHECK(parser.finish() == status::malformed);
  CHECK_FALSE(parser.complete());
  CHECK_FALSE(parser.keeps_alive());
}

TEST_CASE("no changed byte and no random cut of an answer does harm, and its body stays within its room") {
  const std::string plain = "HTTP/1.1 100 \r\n\r\n" + success("sealed");
  const std::string in_chunks = chunked("3;x=y\r\nsea\r\n03\r\nled\r\n0\r\nX: y\r\n\r\n");
  std::mt19937 random(3);
  for (const std::string& text : {plain, in_chunks}) {
    for (std::size_t at = 0; at < text.size(); ++at) {
      for (int value = 0; value < 256; ++value) {
        std::string changed = text;
        changed[at] = static_cast<char>(value);
        const std::size_t cut = random() % changed.size();
        const outcome whole = fed({changed}, true);
        REQUIRE(fed({changed.substr(0, cut), changed.substr(cut)}, true) == whole);
        REQUIRE(whole.body.size() <= body_room);
      }
    }
  }
}

}  // namespace sealpost::test
