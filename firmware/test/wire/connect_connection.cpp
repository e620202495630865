#include "wire/client_and_peer.hpp"

namespace sealpost::test {

TEST_CASE("a connection serves one call after the other") {
  client_and_peer t;
  REQUIRE(t.call({says(success("one"))}) == status::ok);
  REQUIRE(t.call({says(success("two"))}) == status::ok);
  REQUIRE(t.call({says(error(429))}) == status::refused);
  REQUIRE(t.call({says(success("three"))}) == status::ok);
  CHECK(t.body() == "three");
  CHECK(t.network.connected_to.size() == 1);
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
