#include "linux/link_loss.hpp"

#include <doctest/doctest.h>

#include "fakes/scripted_transport.hpp"

namespace sealpost::test {

TEST_CASE("a lost link takes the connection with it and gives none until it is back") {
  fake_clock clock;
  scripted_transport network(clock);
  const posix::link_loss loss(clock, {{10 * second, 20 * second}, {30 * second, 31 * second}});
  posix::unsteady_transport link(network, loss);
  const std::array<std::uint8_t, 1> data{'x'};
  REQUIRE(link.connect("server", 80, second) == status::ok);
  CHECK(link.connected());
  CHECK(link.send(data, second) == status::ok);

  clock.now = 10 * second;
  std::array<std::uint8_t, 8> into{};
  std::size_t received = 0;
  CHECK(link.send(data, second) == status::unreachable);
  CHECK(link.receive(into, received, second) == status::unreachable);
  CHECK_FALSE(link.connected());
  CHECK_FALSE(network.connected());
  CHECK(link.connect("server", 80, second) == status::unreachable);
  CHECK(network.sent.size() == 1);

  clock.now = 20 * second;
  CHECK_FALSE(link.connected());
  CHECK(link.connect("server", 80, second) == status::ok);
  clock.now = 30 * second;
  CHECK_FALSE(link.connected());
}

}  // namespace sealpost::test
