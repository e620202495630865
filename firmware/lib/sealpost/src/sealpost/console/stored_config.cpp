#include "sealpost/console/stored_config.hpp"

#include <mbedtls/base64.h>

#include <algorithm>
#include <cstring>

namespace sealpost {
namespace {

constexpr char device_id_key[] = "device_id";
constexpr char device_key_key[] = "device_key";
constexpr char server_key[] = "server";
/// The name, a zero, the password: together, so that no power cut leaves one with another's.
constexpr char wifi_key[] = "wifi";
constexpr char time_zone_key[] = "time_zone";
constexpr char pins_key[] = "pins";
constexpr std::array all_keys = {device_id_key, device_key_key, server_key, wifi_key, time_zone_key, pins_key};

constexpr std::size_t base64_key_size = 44;
/// `http://[`, an address, `]:65535/`: no URL that parses is longer.
constexpr std::size_t most_url_size = 80;
/// The highest GPIO of any chip that this runs on: the ESP32-S2's.
constexpr std::uint8_t highest_pin = 46;

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_device_id(const char* text) {
  const std::size_t size = std::strlen(text);
  return size >= 1 && size <= 32 && is_lower(text[0]) &&
         std::all_of(text, text + size, [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
}

bool is_server_url(const char* text) {
  server_address address;
  return parse_server_url(text, address) == status::ok;
}

/// Whether it has that many bytes and no control characters, which would only be there by mistake.
bool is_text(const char* text, std::size_t least, std::size_t most) {
  const std::size_t size = std::strlen(text);
  return size >= least && size <= most && std::none_of(text, text + size, [](char c) {
           const auto byte = static_cast<std::uint8_t>(c);
           return byte < 0x20 || byte == 0x7f;
         });
}

/// IEEE 802.11 has names of 32 bytes, and pass phrases of 8 to 63 characters for WPA2.
bool is_wifi(const char* ssid, const char* password) {
  return is_text(ssid, 1, 32) && (*password == 0 || is_text(password, 8, 63));
}

/// POSIX, section 8.3, of TZ: names in letters or angle brackets, offsets, and rules after commas.
bool is_time_zone(const char* text) {
  const std::size_t size = std::strlen(text);
  const auto is_letter = [](char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); };
  return size >= 4 && size <= 63 && (is_letter(text[0]) || text[0] == '<') &&
         std::any_of(text, text + size, is_digit) && std::all_of(text, text + size, [&](char c) {
           return is_letter(c) || is_digit(c) || std::strchr("<>+-,./:", c) != nullptr;
         });
}

using pin_pair = std::array<std::uint8_t, 2>;

bool are_pins(const pin_pair& pins) { return pins[0] <= highest_pin && pins[1] <= highest_pin && pins[0] != pins[1]; }

bool read_pin(const char* text, std::uint8_t& pin) {
  const std::size_t size = std::strlen(text);
  if (size < 1 || size > 2 || !std::all_of(text, text + size, is_digit)) return false;
  pin = 0;
  for (; *text != 0; ++text) pin = static_cast<std::uint8_t>(pin * 10 + (*text - '0'));
  return true;
}

bool is_zero(const key256& key) { return equal_constant_time(key, key256{}); }

/// RFC 4648, section 4, of exactly 32 bytes.
bool decode_key(const char* base64, key256& key) {
  const bytes text = bytes_of(base64);
  std::size_t size = 0;
  return text.size() == base64_key_size &&
         mbedtls_base64_decode(key.data(), key.size(), &size, text.data(), text.size()) == 0 && size == key.size() &&
         !is_zero(key);
}

/// What is stored under the key, with a zero after it; empty when nothing is, or it is too long.
template <std::size_t Size>
void read_text(settings& store, const char* key, std::array<char, Size>& text) {
  std::array<std::uint8_t, Size - 1> stored{};
  std::size_t size = 0;
  text.fill(0);
  if (store.read(key, stored, size) == status::ok && size <= stored.size()) {
    std::copy_n(stored.begin(), size, text.begin());
  }
  wipe(stored);
}

/// `text` fits, since it has passed its check.
template <std::size_t Size>
void copy_text(const char* text, std::array<char, Size>& into) {
  into.fill(0);
  std::copy_n(text, std::min(std::strlen(text), Size - 1), into.begin());
}

template <std::size_t Size>
void load_text(settings& store, const char* key, bool (*is_right)(const char*), const char* built_in,
               std::array<char, Size>& text) {
  read_text(store, key, text);
  if (!is_right(text.data())) copy_text(is_right(built_in) ? built_in : "", text);
}

void load_key(settings& store, const char* built_in_base64, key256& key) {
  std::size_t size = 0;
  if (store.read(device_key_key, key, size) == status::ok && size == key.size() && !is_zero(key)) return;
  if (!decode_key(built_in_base64, key)) wipe(key);
}

void load_wifi(settings& store, const built_in_config& built_in, device_config& config) {
  std::array<char, 32 + 1 + 63 + 1> stored{};
  read_text(store, wifi_key, stored);
  const char* ssid = stored.data();
  const char* password = ssid + std::min(std::strlen(ssid) + 1, stored.size() - 1);
  if (!is_wifi(ssid, password)) {
    const bool is_right = is_wifi(built_in.wifi_ssid, built_in.wifi_password);
    ssid = is_right ? built_in.wifi_ssid : "";
    password = is_right ? built_in.wifi_password : "";
  }
  copy_text(ssid, config.wifi_ssid);
  copy_text(password, config.wifi_password);
  wipe({reinterpret_cast<std::uint8_t*>(stored.data()), stored.size()});
}

void load_pins(settings& store, const built_in_config& built_in, device_config& config) {
  pin_pair pins{};
  std::size_t size = 0;
  if (store.read(pins_key, pins, size) != status::ok || size != pins.size() || !are_pins(pins)) {
    pins = {built_in.sda_pin, built_in.scl_pin};
  }
  config.sda_pin = pins[0];
  config.scl_pin = pins[1];
}

}  // namespace

bool device_config::has_key() const { return !is_zero(identity.device_key); }

const char* missing_from(const device_config& config) {
  if (config.identity.device_id[0] == 0) return "device id";
  if (!config.has_key()) return "device key";
  if (config.identity.server.port == 0) return "server";
  if (config.wifi_ssid[0] == 0) return "Wi-Fi";
  return nullptr;
}

void stored_config::load(const built_in_config& built_in, device_config& config) {
  load_text(store_, device_id_key, is_device_id, built_in.device_id, config.identity.device_id);
  load_key(store_, built_in.device_key_base64, config.identity.device_key);
  std::array<char, most_url_size + 1> url{};
  load_text(store_, server_key, is_server_url, built_in.server_url, url);
  if (parse_server_url(url.data(), config.identity.server) != status::ok) config.identity.server = {};
  load_wifi(store_, built_in, config);
  load_text(store_, time_zone_key, is_time_zone, built_in.time_zone, config.time_zone);
  load_pins(store_, built_in, config);
}

status stored_config::set_device_id(const char* id) {
  return is_device_id(id) ? store_.write(device_id_key, bytes_of(id)) : status::malformed;
}

status stored_config::set_device_key(const char* base64) {
  key256 key{};
  const status ended = decode_key(base64, key) ? store_.write(device_key_key, key) : status::malformed;
  wipe(key);
  return ended;
}

status stored_config::set_server(const char* url) {
  return is_server_url(url) ? store_.write(server_key, bytes_of(url)) : status::malformed;
}

status stored_config::set_wifi(const char* ssid, const char* password) {
  if (!is_wifi(ssid, password)) return status::malformed;
  std::array<std::uint8_t, 32 + 1 + 63> both{};
  const bytes name = bytes_of(ssid);
  const bytes secret = bytes_of(password);
  std::copy(name.begin(), name.end(), both.begin());
  std::copy(secret.begin(), secret.end(), both.begin() + name.size() + 1);
  const status ended = store_.write(wifi_key, mutable_bytes(both).first(name.size() + 1 + secret.size()));
  wipe(both);
  return ended;
}

status stored_config::set_time_zone(const char* zone) {
  return is_time_zone(zone) ? store_.write(time_zone_key, bytes_of(zone)) : status::malformed;
}

status stored_config::set_pins(const char* sda, const char* scl) {
  pin_pair pins{};
  if (!read_pin(sda, pins[0]) || !read_pin(scl, pins[1]) || !are_pins(pins)) return status::malformed;
  return store_.write(pins_key, pins);
}

status stored_config::forget() {
  status ended = status::ok;
  for (const char* key : all_keys) {
    const status erased = store_.erase(key);
    if (erased != status::ok && erased != status::not_found) ended = erased;
  }
  return ended;
}

}  // namespace sealpost
