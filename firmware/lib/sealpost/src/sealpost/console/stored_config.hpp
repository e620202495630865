#pragma once

#include "sealpost/wire/link.hpp"

/// What makes a board this device: stored by its console, or compiled in.
namespace sealpost {

/// What was compiled in, most of it by firmware/include/device_config.h; empty where nothing was.
struct built_in_config {
  const char* device_id = "";
  const char* device_key_base64 = "";
  const char* server_url = "";
  const char* wifi_ssid = "";
  const char* wifi_password = "";
  const char* time_zone = "UTC0";
  std::uint8_t sda_pin = 41;
  std::uint8_t scl_pin = 40;
};

struct device_config {
  device_identity identity;
  /// 32 zeros are no key.
  [[nodiscard]] bool has_key() const;

  std::array<char, 33> wifi_ssid{};
  /// Empty for an open network.
  std::array<char, 64> wifi_password{};
  /// As POSIX has it in TZ; what it says is left to the C library.
  std::array<char, 64> time_zone{};
  std::uint8_t sda_pin = 0;
  std::uint8_t scl_pin = 0;
};

/// What a device can't do without and doesn't have, in words such as `device key`; null when it has everything.
[[nodiscard]] const char* missing_from(const device_config& config);

/// The settings that the console changes. Each `set` gives malformed, and stores nothing, for what can't be right.
class stored_config {
 public:
  explicit stored_config(settings& store) : store_(store) {}

  /// What is stored, else what was compiled in, else nothing. What is stored and can't be right is passed over. Secrets
  /// are `config`'s from then on, to be wiped when it goes.
  void load(const built_in_config& built_in, device_config& config);

  /// docs/protocol-v1.md, section 3.
  status set_device_id(const char* id);
  /// 44 characters.
  status set_device_key(const char* base64);
  status set_server(const char* url);
  /// 1 to 32 bytes; a password of 8 to 63, or an empty one.
  status set_wifi(const char* ssid, const char* password);
  status set_time_zone(const char* zone);
  /// Numbers of two GPIOs.
  status set_pins(const char* sda, const char* scl);

  /// Erases all of these, and nothing else that is stored.
  status forget();

 private:
  settings& store_;
};

}  // namespace sealpost
