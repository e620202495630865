#include "wire/client_and_peer.hpp"

namespace sealpost::test {

TEST_CASE("a call is one POST, head and body in one piece, with the fields of Connect and no others") {
  client_and_peer t;
  REQUIRE(t.call({says(success("answer"))}) == status::ok);
  CHECK(t.network.connected_to == std::vector<std::string>{"192.168.1.10 8080"});
  CHECK(t.network.sent == std::vector<std::string>{"POST /sealpost.v1.DeviceService/SensorUpload HTTP/1.1\r\n"
                                                   "Host: 192.168.1.10:8080\r\n"
                                                   "Content-Type: application/proto\r\n"
                                                   "Connect-Protocol-Version: 1\r\n"
                                                   "Content-Length: 7\r\n"
                                                   "\r\n"
                                                   "request"});
  CHECK(t.body() == "answer");
}

TEST_CASE("an IPv6 address has its brackets in Host, and none where it is connected to") {
  client_and_peer t;
  server_address address;
  REQUIRE(parse_server_url("http://[fe80::1]", address) == status::ok);
  t.client.set_server(address);
  REQUIRE(t.call({says(success(""))}) == status::ok);
  CHECK(t.network.connected_to == std::vector<std::string>{"fe80::1 80"});
  CHECK(t.network.sent[0].find("\r\nHost: [fe80::1]:80\r\n") != std::string::npos);
}

TEST_CASE("the longest head has its room") {
  client_and_peer t;
  server_address address;
  REQUIRE(parse_server_url(("http://" + std::string(63, 'h') + ":65535").c_str(), address) == status::ok);
  t.client.set_server(address);
  t.network.answers.push_back({says(success(""))});
  REQUIRE(t.call(std::string(8300, 'x')) == status::ok);
  CHECK(t.network.sent[0].size() < most_head_bytes + 8300);
}

TEST_CASE("a body that is not in the buffer is not sent") {
  client_and_peer t;
  std::vector<std::uint8_t> buffer(most_head_bytes + 5);
  CHECK(t.client.call("TimeSync", {buffer.data(), buffer.size()}, 6, timeout, t.outcome) == status::no_room);
  CHECK(t.client.call("TimeSync", {buffer.data(), most_head_bytes - 1}, 0, timeout, t.outcome) == status::no_room);
  CHECK(t.network.connected_to.empty());
}

TEST_CASE("an answer may come in pieces of any size") {
  for (const std::size_t fragment : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{100}}) {
    client_and_peer t;
    t.network.fragment = fragment;
    REQUIRE(t.call({is_silent(second), says(success("answer")), is_silent(second)}) == status::ok);
    CHECK(t.body() == "answer");
    CHECK(t.clock.now == second);
  }
}

TEST_CASE("an answer may fill its room, and not more") {
  client_and_peer t;
  REQUIRE(t.call({says(success(std::string(most_response_bytes, 'x')))}) == status::ok);
  CHECK(t.body() == std::string(most_response_bytes, 'x'));
  CHECK(t.call({says(success(std::string(most_response_bytes + 1, 'x')))}) == status::refused);
  CHECK(t.network.closed == 1);
}

TEST_CASE("unauthenticated is what HTTP calls 401, and nothing else is") {
  client_and_peer t;
  CHECK(t.call({says(error(401))}) == status::unauthenticated);
  for (const int code : {201, 204, 301, 302, 307, 308, 400, 403, 404, 408, 413, 429, 500, 501, 502, 503}) {
    CAPTURE(code);
    CHECK(t.call({says(code == 204 ? "HTTP/1.1 204 None\r\n\r\n" : error(code, "Location: http://elsewhere/\r\n"))}) ==
          status::refused);
    CHECK(t.body().empty());
  }
  CHECK(t.network.connected_to.size() == 1);
}

TEST_CASE("a refusal says how long to wait") {
  client_and_peer t;
  CHECK(t.call({says(error(429, "Retry-After: 7\r\n"))}) == status::refused);
  CHECK(t.outcome.retry_after == 7 * second);
  CHECK(t.call({says(error(503, "Retry-After: 86400\r\n"))}) == status::refused);
  CHECK(t.outcome.retry_after == 5 * minute);
  CHECK(t.call({says(success("answer"))}) == status::ok);
  CHECK(t.outcome.retry_after == 0);
}

TEST_CASE("a success of another type is a refusal from somebody else, who is left") {
  client_and_peer t;
  CHECK(t.call({says("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nLogin")}) ==
        status::refused);
  CHECK(t.body().empty());
  CHECK(t.network.closed == 1);
}

TEST_CASE("after what is no answer the connection is closed, and the next call has a new one") {
  for (const char* rubbish : {"220 mail.example ESMTP\r\n", "HTTP/1.1 200 OK\r\n\n",
                              "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n"}) {
    client_and_peer t;
    CHECK(t.call({says(rubbish)}) == status::refused);
    CHECK_FALSE(t.outcome.was_stale);
    CHECK(t.network.closed == 1);
    CHECK(t.call({says(success("answer"))}) == status::ok);
    CHECK(t.network.connected_to.size() == 2);
  }
}

TEST_CASE("an answer with bytes after its end counts, and closes the connection") {
  client_and_peer t;
  CHECK(t.call({says(success("answer") + "HTTP/1.1 200 OK\r\n")}) == status::ok);
  CHECK(t.body() == "answer");
  CHECK(t.network.closed == 1);
}

TEST_CASE("an answer without a length ends with its connection") {
  client_and_peer t;
  CHECK(t.call({says(ok_head + "\r\nans"), says("wer"), ends()}) == status::ok);
  CHECK(t.body() == "answer");
}

}  // namespace sealpost::test
