#include <doctest/doctest.h>

#include "fakes/world.hpp"

namespace sealpost::test {
namespace {

TEST_CASE("the server's clock, put right, is followed, and NTP is believed only near it") {
  world world;
  world.wall.ntp_offset = world.server.time_offset;
  world.boot();
  world.run_until(30 * second);
  CHECK(world.device().view().clock.source == time_source::ntp);
  world.server.time_offset += 3600 * second;
  world.run_until(60 * second);
  const stamp now = world.device().view().clock;
  CHECK(now.source == time_source::server);
  CHECK(*now.time / second == (world.server.time_offset + world.clock.now) / second);
  CHECK(world.log.count("NTP is") == 1);
}

TEST_CASE("NTP that goes astray while the server is away is noticed at once") {
  world world;
  world.wall.ntp_offset = world.server.time_offset;
  world.boot();
  world.run_until(30 * second);
  world.server.is_away = true;
  *world.wall.ntp_offset += 3600 * second;
  world.run_until(3 * minute);
  CHECK(world.device().view().clock.source == time_source::server);
  CHECK(world.log.count("NTP is") == 1);
}

TEST_CASE("a server that does not know the time sets no clock") {
  world world;
  world.server.knows_the_time = false;
  world.boot();
  world.run_until(30 * second);
  CHECK(world.device().view().clock.source == time_source::uptime);
  CHECK(world.stored_of_this_boot() == 4);
  CHECK(world.log.has("the clock is not set yet"));
}

}  // namespace
}  // namespace sealpost::test
