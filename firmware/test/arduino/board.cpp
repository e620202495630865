#include "fakes/board.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <regex>

#include "arduino/fakes/esp32.hpp"
#include "fakes/whole_values.hpp"
#include "sealpost/console/stored_config.hpp"

namespace sealpost::test {
namespace {

constexpr char key_base64[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
constexpr std::uint32_t address_of_server = 0x0a01a8c0;
constexpr micros noon = 1'795'348'800 * second;

/// A board that is a device, in a world where everything works.
struct greenhouse : esp32 {
  explicit greenhouse(const char* server_url = "http://192.168.1.10:8080") {
    for (std::size_t i = 0; i < server.key.size(); ++i) server.key[i] = static_cast<std::uint8_t>(i);
    server.time_offset = noon;
    ntp_offset = noon;
    names = {{"192.168.1.10", address_of_server}, {"server.example", address_of_server}, {"pool.ntp.org", 0x01020304}};
    local_names = {{"raspberrypi", address_of_server}};
    memory_settings stored;
    stored_config config(stored);
    REQUIRE(config.set_device_id("greenhouse") == status::ok);
    REQUIRE(config.set_device_key(key_base64) == status::ok);
    REQUIRE(config.set_server(server_url) == status::ok);
    REQUIRE(config.set_wifi(network.ssid.c_str(), network.password.c_str()) == status::ok);
    REQUIRE(config.set_time_zone("CET-1CEST,M3.5.0,M10.5.0/3") == status::ok);
    nvs = stored.values;
  }
  ~greenhouse() {
    CHECK(tasks.watchdog_bit.empty());
    CHECK(library_misuse.empty());
  }

  /// How many readings the server has.
  [[nodiscard]] std::size_t stored() const { return server.stored.size(); }
  [[nodiscard]] const sealpost_v1_Reading& latest() const {
    REQUIRE(!server.order.empty());
    return server.stored.at(server.order.back());
  }
};

std::string printed_by(esp32& board, micros span) {
  board.run_for(span);
  return board.printed();
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

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

TEST_CASE("a BMP280 at its other address is found") {
  greenhouse board;
  board.address_of_bmp280 = 0x77;
  board.power_on();
  board.run_for(15 * second);
  CHECK(board.latest().has_bmp280);
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

TEST_CASE("a new board becomes a device on its console, and shows no secret") {
  greenhouse board;
  board.nvs.clear();
  board.power_on();
  std::string lines = printed_by(board, 15 * second);
  CHECK(has(lines, "missing: device id"));
  CHECK(board.tasks.find("shake_hands") == nullptr);
  board.type("set device greenhouse\r");
  board.type("set key\r");
  board.type(std::string(key_base64) + "\r");
  board.type("set server http://192.168.1.10:8080\r");
  board.type("set wifi \"Glass House\"\r");
  board.type("tomatoes and cress\r");
  lines = board.printed();
  CHECK(!has(lines, key_base64));
  CHECK(!has(lines, "tomatoes"));

  board.cut_power();
  board.power_on();
  board.run_for(25 * second);
  CHECK(board.stored() == 3);
  board.type("status\r");
  lines = board.printed();
  CHECK(has(lines, "device    greenhouse, key set\r\n"));
  CHECK(has(lines, "Wi-Fi     Glass House, -55 dBm\r\n"));
  CHECK(has(lines, "sensors   BMP280 working, MPU6050 working, SHT4x working\r\n"));
  CHECK(!has(lines, key_base64));
  CHECK(!has(lines, "tomatoes"));
}

TEST_CASE("the selftest answers with one line of JSON") {
  greenhouse board;
  board.power_on();
  board.run_for(15 * second);
  (void)board.printed();
  board.type("selftest\r");
  const std::string lines = board.printed();
  const std::regex expected(
      R"(\{"selftest":"passed","vectors":\d+,"failed":0,"milliseconds":\d+,"slowest":"[^"]*","slowest_milliseconds":\d+,)"
      R"("hardware":"esp32s2","firmware":"0\.0\.0","arduino":"\d+\.\d+\.\d+","free_heap":150000,"least_free_heap":140000,)"
      R"("stack_left":\{"loop":6144,"update_sensor_data":4096,"print_local_time":4096,"update_with_NTP":4096,"shake_hands":6144\}\}\r\n)");
  CHECK(std::regex_search(lines, expected));
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

}  // namespace sealpost::test
