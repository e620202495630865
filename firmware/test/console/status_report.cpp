#include "sealpost/console/status_report.hpp"

#include <doctest/doctest.h>

#include "console/person.hpp"

namespace sealpost::test {
namespace {

TEST_CASE("status shows how the device is, and neither its key nor its password") {
  person person;
  stored_config settings(person.store);
  settings.load({"greenhouse", some_key, "http://192.168.1.10:8080", "our house", "pass word"}, person.running);
  person.host.seen.boot_id = 0x7'0000'00ab;
  person.host.seen.uptime = 3'723'456'789;
  person.host.seen.has_session = true;
  person.host.seen.clock = {time_source::ntp, 1'795'348'800 * second};
  person.host.seen.pending = 3;
  person.host.seen.dropped = 1;
  person.host.seen.receipted = 5'000'000'000;
  person.host.seen.uploads = 372;
  person.host.seen.handshakes = 2;
  person.host.seen.bmp280 = sensor_state::working;
  person.host.seen.mpu6050 = sensor_state::frozen;
  CHECK(person.type("status\r") ==
        "status\r\n"
        "device    greenhouse, key set\r\n"
        "server    192.168.1.10, port 8080\r\n"
        "zone      UTC0\r\n"
        "pins      SDA 41, SCL 40\r\n"
        "Wi-Fi     our house, -61 dBm\r\n"
        "boot      00000007000000ab, up for 3723 s\r\n"
        "session   yes, 2 handshakes\r\n"
        "clock     Sunday, November 22 2026 12:00:00 UTC, by NTP\r\n"
        "readings  3 wait, 5000000000 receipted in 372 uploads, 1 dropped for ever\r\n"
        "sensors   BMP280 working, MPU6050 frozen, SHT4x absent\r\n"
        "memory    123456 bytes of heap free\r\n> ");
}

TEST_CASE("status of a board that was told nothing says what it has not, and what is missing") {
  person person;
  stored_config(person.store).load({}, person.running);
  person.host.board.rssi_dbm = 0;
  CHECK(person.type("status\r") ==
        "status\r\n"
        "device    not set, key not set\r\n"
        "server    not set\r\n"
        "zone      UTC0\r\n"
        "pins      SDA 41, SCL 40\r\n"
        "Wi-Fi     not set, not connected\r\n"
        "boot      0000000000000000, up for 0 s\r\n"
        "session   no, 0 handshakes\r\n"
        "clock     not set yet\r\n"
        "readings  0 wait, 0 receipted in 0 uploads, 0 dropped for ever\r\n"
        "sensors   BMP280 absent, MPU6050 absent, SHT4x absent\r\n"
        "memory    123456 bytes of heap free\r\n"
        "missing   device id: see help\r\n> ");
}

}  // namespace
}  // namespace sealpost::test
