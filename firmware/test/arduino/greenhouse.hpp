#pragma once

#include <doctest/doctest.h>

#include <string>

#include "arduino/fakes/esp32.hpp"
#include "fakes/board.hpp"
#include "fakes/whole_values.hpp"
#include "sealpost/console/stored_config.hpp"

namespace sealpost::test {

inline constexpr char key_base64[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
inline constexpr std::uint32_t address_of_server = 0x0a01a8c0;
inline constexpr micros noon = 1'795'348'800 * second;

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

inline std::string printed_by(esp32& board, micros span) {
  board.run_for(span);
  return board.printed();
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace sealpost::test
