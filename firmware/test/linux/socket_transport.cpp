#include "linux/socket_transport.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <unistd.h>

#include <string>
#include <thread>

namespace sealpost::test {
namespace {

/// A server on this machine that does as it is told.
class listener {
 public:
  listener() : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    REQUIRE(listen(socket_, 4) == 0);
    socklen_t size = sizeof(address);
    REQUIRE(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  ~listener() {
    hang_up();
    close(socket_);
  }
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  void answer() { connection_ = accept(socket_, nullptr, nullptr); }
  void say(const std::string& text) const {
    REQUIRE(write(connection_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  [[nodiscard]] std::string hear(std::size_t size) const {
    std::string text(size, '\0');
    std::size_t heard = 0;
    while (heard < size) {
      const ssize_t more = read(connection_, text.data() + heard, size - heard);
      if (more <= 0) break;
      heard += static_cast<std::size_t>(more);
    }
    text.resize(heard);
    return text;
  }
  void hang_up() {
    if (connection_ >= 0) close(connection_);
    connection_ = -1;
  }

 private:
  int socket_;
  int connection_ = -1;
  std::uint16_t port_ = 0;
};

bytes view(const std::string& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

struct heard {
  status ended;
  std::string text;
};

heard receive(transport& network, micros timeout) {
  std::string text(64, '\0');
  std::size_t size = 0;
  const status ended = network.receive({reinterpret_cast<std::uint8_t*>(text.data()), text.size()}, size, timeout);
  text.resize(size);
  return {ended, text};
}

}  // namespace

TEST_CASE("what is sent arrives, and what is answered comes back") {
  const posix::stop_event stop;
  posix::socket_transport network(stop);
  listener server;
  for (const char* const host : {"127.0.0.1", "localhost"}) {
    REQUIRE(network.connect(host, server.port(), 5 * second) == status::ok);
    server.answer();
    CHECK(network.connected());
    // More than the sockets hold, so that it takes several writes.
    const std::string much(4'000'000, 'a');
    std::thread ear([&] { CHECK(server.hear(much.size()) == much); });
    CHECK(network.send(view(much), 30 * second) == status::ok);
    ear.join();
    server.say("yes");
    const heard answer = receive(network, 5 * second);
    CHECK(answer.ended == status::ok);
    CHECK(answer.text == "yes");
    server.hang_up();
  }
}

TEST_CASE("a server that has hung up is noticed before and while it is waited for") {
  const posix::stop_event stop;
  posix::socket_transport network(stop);
  listener server;
  REQUIRE(network.connect("127.0.0.1", server.port(), 5 * second) == status::ok);
  server.answer();
  server.hang_up();
  CHECK(receive(network, 5 * second).ended == status::unreachable);
  CHECK_FALSE(network.connected());
  CHECK(network.send(view("x"), second) == status::unreachable);

  REQUIRE(network.connect("127.0.0.1", server.port(), 5 * second) == status::ok);
  server.answer();
  server.say("late");
  server.hang_up();
  CHECK(network.connected());
  CHECK(receive(network, 5 * second).text == "late");
  CHECK_FALSE(network.connected());
}

TEST_CASE("a server that is silent, or not there, takes no more than the time that was given") {
  const posix::stop_event stop;
  posix::socket_transport network(stop);
  std::uint16_t port = 0;
  {
    listener server;
    port = server.port();
    REQUIRE(network.connect("127.0.0.1", port, 5 * second) == status::ok);
    CHECK(receive(network, 10 * millisecond).ended == status::timed_out);
    CHECK(network.connected());
  }
  CHECK(network.connect("127.0.0.1", port, 5 * second) == status::unreachable);
  CHECK_FALSE(network.connected());
  CHECK(network.connect("sealpost.invalid", 80, 5 * second) == status::unreachable);
}

TEST_CASE("a board that is switched off waits for nobody") {
  const posix::stop_event stop;
  posix::socket_transport network(stop);
  listener server;
  REQUIRE(network.connect("127.0.0.1", server.port(), 5 * second) == status::ok);
  CHECK_FALSE(stop.requested());
  stop.request();
  CHECK(stop.requested());
  CHECK(receive(network, day).ended == status::unreachable);
  CHECK(network.connect("127.0.0.1", server.port(), day) == status::unreachable);
}

}  // namespace sealpost::test
