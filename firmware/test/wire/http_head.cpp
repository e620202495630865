#include "wire/answer.hpp"

namespace sealpost::test {

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

}  // namespace sealpost::test
