#include <doctest/doctest.h>

#include <random>
#include <set>

#include "fakes/world.hpp"

namespace sealpost::test {
namespace {

TEST_CASE("a log that is full drops its oldest readings, counts them, and says so to the server") {
  world world(3, 8);
  world.server.is_away = true;
  world.boot();
  world.run_until(2 * 60 * minute);
  const device_view full = world.device().view();
  CHECK(full.dropped > 0);
  CHECK(full.pending + full.dropped == 721);
  CHECK(world.log.has("warning: the log is full"));
  world.cut_power();
  world.boot();
  world.server.is_away = false;
  world.run_until(10 * minute);
  CHECK(world.device().view().pending == 0);
  CHECK(world.device().view().dropped == full.dropped);
  REQUIRE_FALSE(world.server.statuses.empty());
  CHECK(world.server.statuses.back().dropped_readings == full.dropped);
  CHECK(world.server.stored.size() == full.pending + 61);
}

TEST_CASE("flash that takes nothing leaves the newest reading to memory") {
  world world;
  world.flash.fails = true;
  world.boot();
  world.run_until(35 * second);
  CHECK(world.stored_of_this_boot() == 4);
  CHECK(world.log.has("flash does not take readings"));
}

TEST_CASE("flash that is worn out and full of readings keeps no new one from the server") {
  world world;
  world.server.is_away = true;
  world.boot();
  world.run_until(65 * second);
  // Read only from here on: no reading goes in, no receipt is marked.
  world.flash.takes_nothing = [](std::uint32_t) { return true; };
  world.server.is_away = false;
  world.run_until(125 * second);
  const auto lost = world.device().view().dropped;
  world.run_until(20 * minute + 5 * second);
  CHECK(world.device().view().dropped == lost);
  CHECK(world.stored_of_this_boot() + lost == 121);
  // The readings in flash go out again and again, though not often.
  CHECK(world.server.duplicates > 0);
  CHECK(world.server.duplicates <= 7 * 20);
}

TEST_CASE("power cuts at random moments lose nothing that was in flash, and nothing is stored twice") {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    world world(seed, 8);
    std::mt19937 dice(seed);
    std::set<std::pair<std::uint64_t, std::uint64_t>> taken;
    for (int boot = 0; boot < 4; ++boot) {
      world.server.is_away = dice() % 3 == 0;
      world.boot();
      world.run_until(static_cast<micros>(dice() % 120 + 1) * second);
      const auto view = world.device().view();
      for (std::uint64_t sequence = 1; sequence <= static_cast<std::uint64_t>(world.clock.now / (10 * second)) + 1;
           ++sequence) {
        taken.insert({view.boot_id, sequence});
      }
      world.cut_power();
    }
    world.server.is_away = false;
    world.boot();
    world.run_until(4 * minute);
    CHECK(world.device().view().pending == 0);
    for (const auto& identity : taken) CHECK(world.server.stored.count(identity) == 1);
  }
}

}  // namespace
}  // namespace sealpost::test
