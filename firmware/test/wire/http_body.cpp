#include <random>

#include "wire/answer.hpp"

namespace sealpost::test {

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

TEST_CASE("answers that never have a body have none, whatever they say") {
  CHECK(answer("HTTP/1.1 204 No Content\r\n\r\n") == outcome{status::ok, true, 204, "", false, true, false, 0});
  CHECK(answer("HTTP/1.1 304 Not Modified\r\nContent-Length: 50\r\n\r\n") ==
        outcome{status::ok, true, 304, "", false, true, false, 0});
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
