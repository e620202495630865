#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "fakes/scripted_transport.hpp"
#include "sealpost/wire/connect_client.hpp"
#include "wire/http_text.hpp"

namespace sealpost::test {

constexpr micros timeout = 5 * second;

inline std::string error(int code, const std::string& fields = "") {
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

}  // namespace sealpost::test
