#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "arduino/greenhouse.hpp"

namespace sealpost::test {
namespace {

TEST_CASE("a board that knows its network and its server sends what its sensors say") {
  greenhouse board;
  board.power_on();
  board.run_for(25 * second);
  REQUIRE(board.stored() == 3);
  const sealpost_v1_Reading& reading = board.latest();
  CHECK(reading.sequence == 3);
  CHECK(reading.has_bmp280);
  CHECK(reading.bmp280.pressure_pascals == 101'325.0F);
  CHECK(reading.mpu6050.acceleration_mps2.z == 9.8125F);
  CHECK(reading.mpu6050.angular_velocity_rps.y == -0.015625F);
  CHECK(reading.mpu6050.temperature_celsius == 24.25F);
  CHECK(reading.sht4x.humidity_percent == 45.5F);
  CHECK(board.server.handshakes_at.size() == 1);
  CHECK(board.i2c_pins == std::pair{41, 40});
  CHECK(board.i2c_has_timeout);
  CHECK(board.radio.hostname == "greenhouse");
}

TEST_CASE("the three tasks and the handshake have their names, and stacks of their own") {
  greenhouse board;
  board.power_on();
  board.run_for(15 * second);
  const auto stack_of = [&](const char* name) {
    const rtos_task* task = board.tasks.find(name);
    return task == nullptr ? 0 : task->stack_bytes;
  };
  // FreeRTOS keeps 15 characters of a name.
  CHECK(stack_of("update_sensor_d") == 8192);
  CHECK(stack_of("print_local_tim") == 8192);
  CHECK(stack_of("update_with_NTP") == 8192);
  CHECK(stack_of("shake_hands") == 12288);
  CHECK(stack_of("loopTask") == 12288);
  CHECK(board.tasks.watchdog_period == minute);
}

TEST_CASE("the local time is printed each second, in the board's zone, and reported with NTP's") {
  greenhouse board;
  board.power_on();
  board.run_for(20 * second);
  (void)board.printed();
  const std::string lines = printed_by(board, 10 * second);
  CHECK(has(lines, "Sunday, November 22 2026 13:00:25\r\n"));
  CHECK(has(lines, "Sunday, November 22 2026 13:00:26\r\n"));
  std::vector<sealpost_v1_ClockReport> by_ntp;
  std::copy_if(board.server.reports.begin(), board.server.reports.end(), std::back_inserter(by_ntp),
               [](const auto& any) { return any.source == sealpost_v1_ClockSource_CLOCK_SOURCE_NTP; });
  REQUIRE(by_ntp.size() == 1);
  CHECK(std::string(by_ntp[0].ntp_server) == "pool.ntp.org");
  CHECK(by_ntp[0].utc_offset_seconds == 3600);
  CHECK(board.server.reports.size() >= 20);
}

TEST_CASE("summer time and zones of half an hour are known") {
  greenhouse board;
  // In 2027, at Easter: 2027-03-28 12:00 UTC.
  board.server.time_offset = board.ntp_offset.emplace(1'806'235'200 * second);
  board.power_on();
  CHECK(has(printed_by(board, 10 * second), "Sunday, March 28 2027 14:00:0"));
  board.cut_power();

  board.server.time_offset = board.ntp_offset.emplace(noon);
  memory_settings stored;
  REQUIRE(stored_config(stored).set_time_zone("<-0330>3:30") == status::ok);
  board.nvs["time_zone"] = stored.values["time_zone"];
  board.power_on();
  CHECK(has(printed_by(board, 10 * second), "Sunday, November 22 2026 08:30:"));
}

TEST_CASE("a server is found by its name, and by its name in .local") {
  for (const char* url : {"http://server.example:8080", "http://raspberrypi.local:8080"}) {
    CAPTURE(url);
    greenhouse board(url);
    board.power_on();
    board.run_for(20 * second);
    CHECK(board.stored() == 2);
  }
}

TEST_CASE("a BMP280 at its other address is found") {
  greenhouse board;
  board.address_of_bmp280 = 0x77;
  board.power_on();
  board.run_for(15 * second);
  CHECK(board.latest().has_bmp280);
}

TEST_CASE("each boot has the next number, and readings of the one before still arrive") {
  greenhouse board;
  board.server.is_away = true;
  board.power_on();
  board.run_for(45 * second);
  board.cut_power();
  board.server.is_away = false;
  board.power_on();
  board.run_for(25 * second);
  std::vector<std::uint64_t> boots;
  for (const auto& [identity, reading] : board.server.stored) boots.push_back(identity.first >> 32);
  // The first began after 10 s without a network to wait for; the second found it after 3.
  CHECK(std::count(boots.begin(), boots.end(), 1) == 5);
  CHECK(std::count(boots.begin(), boots.end(), 2) == 3);
}

TEST_CASE("random numbers are none while the radio is off") {
  greenhouse board;
  board.power_on();
  board.run_for(25 * second);
  const std::size_t before = board.server.handshakes_at.size();
  board.radio.is_on = false;
  board.server.restart();
  board.run_for(30 * second);
  CHECK(board.server.handshakes_at.size() == before);
}

}  // namespace
}  // namespace sealpost::test
