#include <doctest/doctest.h>

#include "fakes/world.hpp"

namespace sealpost::test {
namespace {

TEST_CASE("a device shakes hands, sends its readings and tells the time") {
  world world;
  world.wall.ntp_offset = world.server.time_offset + 3 * millisecond;
  world.boot();
  world.run_until(35 * second);

  CHECK(world.server.handshakes_at.size() == 1);
  CHECK(world.server.connections == 1);
  // At 0, 10, 20 and 30 s.
  CHECK(world.server.stored.size() == 4);
  CHECK(world.device().view().pending == 0);
  CHECK(world.device().view().receipted == 4);
  const sealpost_v1_Reading& third = world.server.stored.at(world.reading(3));
  CHECK(third.uptime.seconds == 20);
  CHECK(third.time_source == sealpost_v1_TimeSource_TIME_SOURCE_NTP);
  CHECK(third.collected_time.seconds == world.server.time_offset / second + 20);
  CHECK(third.bmp280.temperature_celsius == 21.5F);
  CHECK(third.mpu6050.acceleration_mps2.z == 9.8125F);
  CHECK(third.mpu6050.angular_velocity_rps.y == -0.015625F);
  CHECK(third.sht4x.temperature_celsius == 21.25F);
  // Each second the local time, and NTP once a minute.
  CHECK(world.server.reports.size() >= 35);
  CHECK(world.log.has("shook hands with the server"));
  CHECK(world.log.count("uploaded 1 reading, 0 wait") == 4);
}

TEST_CASE("readings from before the first contact keep the boot's uptime and no stamp") {
  world world;
  world.server.is_away = true;
  world.boot();
  world.run_until(25 * second);
  world.server.is_away = false;
  world.run_until(3 * minute);
  const sealpost_v1_Reading& first = world.server.stored.at(world.reading(1));
  CHECK(first.has_uptime);
  CHECK(first.uptime.seconds == 0);
  CHECK_FALSE(first.has_collected_time);
  CHECK(first.time_source == sealpost_v1_TimeSource_TIME_SOURCE_UPTIME);
}

TEST_CASE("a new boot has a new id, with the counter in its high half, and starts its sequence anew") {
  world world;
  world.boot();
  world.run_until(15 * second);
  const std::uint64_t first = world.device().view().boot_id;
  world.cut_power();
  world.boot();
  world.run_until(15 * second);
  const std::uint64_t second_boot = world.device().view().boot_id;
  CHECK((first >> 32) == 1);
  CHECK((second_boot >> 32) == 2);
  CHECK((first & 0xffffffff) != (second_boot & 0xffffffff));
  CHECK(world.server.stored.count({first, 1}) == 1);
  CHECK(world.server.stored.count({second_boot, 1}) == 1);
}

TEST_CASE("a board whose settings and random numbers fail has a boot id all the same") {
  world world;
  world.store.fails = true;
  world.boot();
  CHECK(world.device().view().boot_id != 0);
  CHECK(world.log.has("the boot's id may not be unique: flash failed"));
  world.random.fails = true;
  world.boot();
  CHECK(world.device().view().boot_id != 0);
}

TEST_CASE("a random generator that fails makes no handshake and loses no reading") {
  world world;
  world.random.fails = true;
  world.boot();
  world.run_until(30 * second);
  CHECK(world.server.handshakes_at.empty());
  CHECK(world.device().view().pending == 4);
  CHECK(world.log.has("the boot's id may not be unique: "));
  CHECK(world.device().view().boot_id == std::uint64_t{1} << 32);
  world.random.fails = false;
  world.run_until(3 * minute);
  CHECK(world.device().view().pending == 0);
}

TEST_CASE("intervals follow the server, within 1 s and a day") {
  world world;
  world.server.settings.sample_interval = 5 * second;
  world.server.settings.local_time_interval = 1;
  world.boot();
  world.run_until(61 * second);
  CHECK(world.stored_of_this_boot() == 13);
  CHECK(world.server.reports.size() <= 62);
}

TEST_CASE("a pinned sample interval holds against the server's") {
  world world;
  world.server.settings.sample_interval = 5 * second;
  world.boot();
  world.device().pin_sample_interval(second / 2);
  world.run_until(10 * second);
  CHECK(world.stored_of_this_boot() == 21);
}

TEST_CASE("the status goes out at first and when it changes") {
  world world;
  world.boot();
  world.run_until(55 * second);
  REQUIRE(world.server.statuses.size() == 1);
  CHECK(world.server.statuses[0].free_heap_bytes == 180'000);
  CHECK(world.server.statuses[0].rssi_dbm == -55);
  world.board.now.rssi_dbm = -80;
  world.run_until(95 * second);
  REQUIRE(world.server.statuses.size() == 2);
  CHECK(world.server.statuses[1].rssi_dbm == -80);
}

TEST_CASE("a sensor that fails is absent from the readings, and comes back") {
  world world;
  world.boot();
  world.run_until(15 * second);
  world.sht4x.answers = false;
  world.run_until(45 * second);
  world.sht4x.answers = true;
  world.run_until(8 * minute);
  CHECK(world.server.stored.at(world.reading(2)).has_sht4x);
  CHECK_FALSE(world.server.stored.at(world.reading(4)).has_sht4x);
  CHECK(world.server.stored.at(world.reading(4)).has_bmp280);
  CHECK(world.server.stored.at(world.reading(48)).has_sht4x);
}

}  // namespace
}  // namespace sealpost::test
