#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "arduino/fakes/rtos.hpp"
#include "fakes/clock.hpp"
#include "fakes/fake_server.hpp"
#include "fakes/nor_flash.hpp"
#include "fakes/random.hpp"

/// A board, what is wired to it, and what it meets on the air: behind the stub headers.
namespace sealpost::test {

/// The true time, which goes on over resets.
class rtos_clock final : public monotonic_clock {
 public:
  explicit rtos_clock(const rtos& rtos) : rtos_(rtos) {}
  [[nodiscard]] micros uptime() override { return rtos_.now(); }

 private:
  const rtos& rtos_;
};

template <class Values>
struct wired_sensor {
  bool is_plugged_in = true;
  Values values;
  /// How often its library's begin() was called.
  int begins = 0;
};

struct wifi_network {
  std::string ssid = "Glass House";
  std::string password = "tomatoes and cress";
  bool is_on_air = true;
  /// It refuses the next board that comes, which Arduino takes for a wrong password and does not try again.
  bool refuses_once = false;
};

class esp32 {
 public:
  esp32();

  /// Power comes: setup(), then loop(), until power is cut.
  void power_on();
  void cut_power();
  /// Runs for that long, also through resets that the firmware asks for itself.
  void run_for(micros span);
  /// Types on the serial console, and runs until it has been taken.
  void type(const std::string& text);
  /// What has come out of the serial port since the last time.
  [[nodiscard]] std::string printed();

  /// It stays for ever, as its tasks do.
  rtos& tasks = *new rtos;
  rtos_clock clock{tasks};
  seeded_random random{1};
  int boots = 0;
  micros booted_at = 0;

  // On the board.

  std::map<std::string, std::vector<std::uint8_t>> nvs;
  bool has_nvs = true;
  nor_flash flash{320};
  bool has_readings_partition = true;
  std::deque<std::uint8_t> serial_in;
  std::string serial_out;
  std::uint8_t address_of_bmp280 = 0x76;
  wired_sensor<bmp280_values> bmp280{true, {21.5F, 101'325.0F}};
  wired_sensor<mpu6050_values> mpu6050{true,
                                       {{0.125F, -0.0625F, 9.8125F}, {0.0078125F, -0.015625F, 0.00390625F}, 24.25F}};
  wired_sensor<sht4x_values> sht4x{true, {21.25F, 45.5F}};
  std::pair<int, int> i2c_pins{-1, -1};
  bool i2c_has_timeout = false;
  /// What would have corrupted the heap.
  std::string library_misuse;

  // On the air.

  wifi_network network;
  std::map<std::string, std::uint32_t> names;
  std::map<std::string, std::uint32_t> local_names;
  fake_server server{clock, random};
  /// NTP's clock minus the true time; nothing while NTP does not answer.
  std::optional<micros> ntp_offset;

  // What the firmware has made of it.

  struct {
    bool is_on = false;
    std::string hostname;
    std::string ssid;
    std::string password;
    std::optional<micros> connects_at;
    int reconnects = 0;
  } radio;
  [[nodiscard]] bool is_on_network();
};

/// The board that the stubs stand before. One at a time.
[[nodiscard]] esp32& the_board();

}  // namespace sealpost::test
