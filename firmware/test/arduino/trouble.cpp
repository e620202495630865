#include <doctest/doctest.h>

#include "arduino/greenhouse.hpp"

namespace sealpost::test {
namespace {

TEST_CASE("a server that nobody knows costs no reading and no reset") {
  greenhouse board("http://raspberrypi.local:8080");
  board.local_names.clear();
  board.power_on();
  board.run_for(3 * minute);
  CHECK(board.stored() == 0);
  CHECK(board.boots == 1);
  board.local_names = {{"raspberrypi", address_of_server}};
  board.run_for(2 * minute);
  CHECK(board.stored() == 30);
}

TEST_CASE("a sensor that is unplugged is absent, whatever its library says, and is found again") {
  greenhouse board;
  board.power_on();
  board.run_for(15 * second);
  board.bmp280.is_plugged_in = board.mpu6050.is_plugged_in = board.sht4x.is_plugged_in = false;
  board.run_for(minute);
  CHECK(!board.latest().has_bmp280);
  CHECK(!board.latest().has_mpu6050);
  CHECK(!board.latest().has_sht4x);
  board.bmp280.is_plugged_in = board.mpu6050.is_plugged_in = board.sht4x.is_plugged_in = true;
  board.run_for(2 * minute);
  CHECK(board.latest().has_bmp280);
  CHECK(board.latest().has_mpu6050);
  CHECK(board.latest().has_sht4x);
}

TEST_CASE("a board without sensors sends readings without them") {
  greenhouse board;
  board.bmp280.is_plugged_in = board.mpu6050.is_plugged_in = board.sht4x.is_plugged_in = false;
  board.power_on();
  board.run_for(25 * second);
  REQUIRE(board.stored() == 3);
  CHECK(!board.latest().has_bmp280);
}

TEST_CASE("when the Wi-Fi is lost nothing is, and it is found again") {
  greenhouse board;
  board.power_on();
  board.run_for(25 * second);
  board.network.is_on_air = false;
  CHECK(has(printed_by(board, 2 * minute), "Wi-Fi: lost"));
  const std::size_t before = board.stored();
  CHECK(before == 3);
  board.network.is_on_air = true;
  CHECK(has(printed_by(board, 2 * minute), "Wi-Fi: connected"));
  CHECK(board.stored() == 27);
  CHECK(board.boots == 1);
}

TEST_CASE("a network that refuses the password once is asked again") {
  greenhouse board;
  board.network.refuses_once = true;
  board.power_on();
  board.run_for(25 * second);
  CHECK(board.stored() == 0);
  board.run_for(25 * second);
  CHECK(board.radio.reconnects == 1);
  CHECK(board.stored() == 4);
}

TEST_CASE("a server that says nothing costs no reading, no reset, and no other task its turn") {
  greenhouse board;
  board.server.is_silent = true;
  board.power_on();
  const std::string lines = printed_by(board, 2 * minute);
  CHECK(board.stored() == 0);
  // NTP has set the clock.
  CHECK(has(lines, "Sunday, November 22 2026 13:01:30\r\n"));
  board.server.is_silent = false;
  board.run_for(2 * minute);
  CHECK(board.stored() == 24);
}

TEST_CASE("a server's restart costs a handshake") {
  greenhouse board;
  board.power_on();
  board.run_for(25 * second);
  board.server.restart();
  board.run_for(10 * second);
  CHECK(board.server.handshakes_at.size() == 2);
  CHECK(board.stored() == 4);
}

TEST_CASE("a board without its readings partition says so, and sends all the same") {
  greenhouse board;
  board.has_readings_partition = false;
  board.power_on();
  CHECK(has(printed_by(board, 25 * second), "error: the log of readings: "));
  CHECK(board.stored() == 3);
}

TEST_CASE("a board without NVS says what it lacks, and its console lives") {
  greenhouse board;
  board.has_nvs = false;
  board.power_on();
  CHECK(has(printed_by(board, 15 * second), "missing: device id"));
  board.type("set device greenhouse\r");
  CHECK(has(board.printed(), "not stored: flash failed\r\n"));
  board.type("status\r");
  CHECK(has(board.printed(), "device    not set, key not set\r\n"));
}

TEST_CASE("NTP that does not answer costs nothing but its time") {
  greenhouse board;
  board.ntp_offset.reset();
  board.power_on();
  const std::string lines = printed_by(board, 25 * second);
  CHECK(has(lines, "NTP: "));
  CHECK(board.stored() == 3);
  CHECK(has(lines, "Sunday, November 22 2026 13:00:2"));
}

}  // namespace
}  // namespace sealpost::test
