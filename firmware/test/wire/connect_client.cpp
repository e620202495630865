#include "sealpost/wire/connect_client.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <vector>

#include "fakes/scripted_transport.hpp"
#include "wire/http_text.hpp"

namespace sealpost::test {
namespace {

constexpr micros timeout = 5 * second;

std::string error(int code, const std::string& fields = "") {
  return "HTTP/1.1 " + std::to_string(code) + " Error\r\nContent-Type: application/json\r\n" + fields +
         "Content-Length: 2\r\n\r\n{}";
}

/// A client, and the peer that the test writes.
struct client_and_peer {
  fake_clock clock;
  scripted_transport network{clock};
  connect_client client{network, clock};
  call_outcome outcome;

  client_and_peer() {
    server_address address;
    REQUIRE(parse_server_url("http://192.168.1.10:8080", address) == status::ok);
    client.set_server(address);
  }

  status call(const std::string& body = "request") {
    std::vector<std::uint8_t> buffer(most_head_bytes + body.size());
    std::copy(body.begin(), body.end(), buffer.begin() + most_head_bytes);
    return client.call("SensorUpload", {buffer.data(), buffer.size()}, body.size(), timeout, outcome);
  }
  /// The same, after the peer was told what to answer.
  status call(std::vector<act> answer) {
    network.answers.push_back(std::move(answer));
    return call();
  }
  [[nodiscard]] std::string body() const { return text_of(outcome.body); }
};

}  // namespace

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

TEST_CASE("a connection serves one call after the other") {
  client_and_peer t;
  REQUIRE(t.call({says(success("one"))}) == status::ok);
  REQUIRE(t.call({says(success("two"))}) == status::ok);
  REQUIRE(t.call({says(error(429))}) == status::refused);
  REQUIRE(t.call({says(success("three"))}) == status::ok);
  CHECK(t.body() == "three");
  CHECK(t.network.connected_to.size() == 1);
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

TEST_CASE("what comes after an answer, before the next request, answers nothing") {
  client_and_peer t;
  CHECK(t.call({says(success("one")), says(success("forged"))}) == status::ok);
  CHECK(t.call({says(success("two"))}) == status::ok);
  CHECK(t.body() == "two");
  CHECK(t.network.connected_to.size() == 2);
}

TEST_CASE("a connection that the server says it will close is closed") {
  client_and_peer t;
  CHECK(t.call({says(ok_head + "Connection: close\r\nContent-Length: 0\r\n\r\n")}) == status::ok);
  CHECK(t.network.closed == 1);
}

TEST_CASE("an answer without a length ends with its connection") {
  client_and_peer t;
  CHECK(t.call({says(ok_head + "\r\nans"), says("wer"), ends()}) == status::ok);
  CHECK(t.body() == "answer");
}

TEST_CASE("a kept connection that has ended meanwhile is made anew before anything is sent") {
  client_and_peer t;
  REQUIRE(t.call({says(success("one")), ends()}) == status::ok);
  REQUIRE(t.call({says(success("two"))}) == status::ok);
  CHECK(t.network.connected_to.size() == 2);
  CHECK(t.network.sent.size() == 2);
}

TEST_CASE("a kept connection that ends instead of an answer was stale, a new one is not") {
  client_and_peer t;
  CHECK(t.call({ends()}) == status::unreachable);
  CHECK_FALSE(t.outcome.was_stale);
  REQUIRE(t.call({says(success("one"))}) == status::ok);
  CHECK(t.call({is_silent(second), ends()}) == status::unreachable);
  CHECK(t.outcome.was_stale);
  REQUIRE(t.call({says(success("two"))}) == status::ok);
  CHECK_FALSE(t.outcome.was_stale);
}

TEST_CASE("a kept connection on which sending fails was stale") {
  client_and_peer t;
  REQUIRE(t.call({says(success("one"))}) == status::ok);
  t.network.sends.push_back(status::unreachable);
  CHECK(t.call() == status::unreachable);
  CHECK(t.outcome.was_stale);
}

TEST_CASE("a connection that ends within an answer is unreachable, and was not stale") {
  client_and_peer t;
  REQUIRE(t.call({says(success("one"))}) == status::ok);
  CHECK(t.call({says("H"), ends()}) == status::unreachable);
  CHECK_FALSE(t.outcome.was_stale);
  CHECK(t.body().empty());
}

TEST_CASE("a server that is not there is unreachable") {
  client_and_peer t;
  t.network.connects.push_back(status::unreachable);
  CHECK(t.call() == status::unreachable);
  CHECK_FALSE(t.outcome.was_stale);
  CHECK(t.network.sent.empty());
}

TEST_CASE("a call takes no longer than its timeout: connecting, sending and every byte of the answer together") {
  SUBCASE("connecting") {
    client_and_peer t;
    t.network.connect_takes = 10 * second;
    CHECK(t.call() == status::timed_out);
    CHECK(t.clock.now == timeout);
  }
  SUBCASE("sending after a slow connect") {
    client_and_peer t;
    t.network.connect_takes = 3 * second;
    t.network.send_takes = 3 * second;
    CHECK(t.call() == status::timed_out);
    CHECK(t.clock.now == timeout);
  }
  SUBCASE("a connect that takes it all") {
    client_and_peer t;
    t.network.connect_takes = timeout;
    CHECK(t.call() == status::timed_out);
    CHECK(t.network.sent.empty());
  }
  SUBCASE("silence") {
    client_and_peer t;
    t.network.connect_takes = second;
    t.network.send_takes = second;
    CHECK(t.call() == status::timed_out);
    CHECK(t.clock.now == timeout);
    CHECK(t.network.closed == 1);
  }
  SUBCASE("a byte each second") {
    client_and_peer t;
    std::vector<act> drip;
    for (const char byte : success("answer")) {
      drip.push_back(is_silent(second - 1));
      drip.push_back(says(std::string(1, byte)));
    }
    CHECK(t.call(drip) == status::timed_out);
    CHECK(t.clock.now == timeout);
    CHECK(t.network.closed == 1);
    CHECK_FALSE(t.outcome.was_stale);
  }
  SUBCASE("endless interim answers") {
    client_and_peer t;
    std::vector<act> drip;
    for (int i = 0; i < 4; ++i) drip.push_back(says("HTTP/1.1 100 \r\n\r\n"));
    CHECK(t.call(drip) == status::timed_out);
  }
}

TEST_CASE("an answer at the last moment counts, one that ends later does not") {
  client_and_peer t;
  CHECK(t.call({is_silent(timeout - 1), says(success("answer"))}) == status::ok);
  CHECK(t.clock.now == timeout - 1);
  CHECK(t.call({is_silent(timeout), says("H"), says(success("answer").substr(1))}) == status::timed_out);
  CHECK(t.clock.now == 2 * timeout - 1);
}

TEST_CASE("a kept connection on which nothing comes was not stale") {
  client_and_peer t;
  REQUIRE(t.call({says(success("one"))}) == status::ok);
  CHECK(t.call(std::vector<act>{}) == status::timed_out);
  CHECK_FALSE(t.outcome.was_stale);
}

TEST_CASE("another server has another connection") {
  client_and_peer t;
  REQUIRE(t.call({says(success("one"))}) == status::ok);
  server_address address;
  REQUIRE(parse_server_url("http://sealpost.local", address) == status::ok);
  t.client.set_server(address);
  CHECK(t.network.closed == 1);
  REQUIRE(t.call({says(success("two"))}) == status::ok);
  CHECK(t.network.connected_to == std::vector<std::string>{"192.168.1.10 8080", "sealpost.local 80"});
}

}  // namespace sealpost::test
