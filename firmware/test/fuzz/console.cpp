// The serial console, at which anything is typed, to two boards that differ in their secrets alone. What they show must
// not differ, and what they have stored must be such as a device can start with.
#include "sealpost/console/console.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <string>

#include "fuzz.hpp"

namespace sealpost::fuzz {
namespace {

/// Of one length, and both right.
struct secrets {
  const char* key;
  const char* password;
};
constexpr secrets of_left = {"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "correct horse \"battery\""};
constexpr secrets of_right = {"//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=", "staple\\ tr0ub4dor & 3  "};

class memory_settings final : public settings {
 public:
  bool fails = false;

  status read(const char* key, mutable_bytes into, std::size_t& size) override {
    const auto found = values_.find(key);
    if (fails) return status::flash_failed;
    if (found == values_.end()) return status::not_found;
    size = found->second.size();
    if (size > into.size()) return status::no_room;
    std::copy(found->second.begin(), found->second.end(), into.begin());
    return status::ok;
  }
  status write(const char* key, bytes value) override {
    if (fails) return status::flash_failed;
    expect(std::strlen(key) <= 15, "a name of a setting has at most 15 characters");
    values_[key] = {value.begin(), value.end()};
    return status::ok;
  }
  status erase(const char* key) override {
    if (fails) return status::flash_failed;
    return values_.erase(key) > 0 ? status::ok : status::not_found;
  }

 private:
  std::map<std::string, std::vector<std::uint8_t>> values_;
};

class board_with_console final : console_host, text_sink {
 public:
  explicit board_with_console(const secrets& secrets) : secrets_(secrets) { start(); }

  std::string shown;

  void take(std::uint8_t what) {
    switch (what) {
      // Ctrl-C first, so that it is known to be a secret where the console stands.
      case 0xf0:
        return type("\x03set key\r", secrets_.key, "\r");
      case 0xf1:
        return type("\x03set key ", secrets_.key, "\r");
      case 0xf2:
        return type("\x03set wifi \"the greenhouse\"\r", secrets_.password, "\r");
      case 0xf3:
        return type("\x03set wifi greenhouse ", secrets_.key, "\r");
      case 0xf4:
        store_.fails = !store_.fails;
        return;
      case 0xf5:
        return start();
      default:
        console_.take(bytes(&what, 1));
    }
  }

  /// As a board starts: what was stored holds from then on.
  void start() {
    const built_in_config built_in{"built-in", secrets_.key, "http://sealpost.local:8080", "attic", secrets_.password};
    running_ = {};
    config_.load(built_in, running_);
    const char* id = running_.identity.device_id.data();
    const char* ssid = running_.wifi_ssid.data();
    const char* password = running_.wifi_password.data();
    expect(std::strlen(id) <= 32 && id[0] >= 'a' && id[0] <= 'z', "a device id is one");
    expect(running_.has_key(), "there is a key");
    expect(running_.identity.server.port != 0 && running_.identity.server.host[0] != 0, "there is a server");
    expect(std::strlen(ssid) >= 1 && std::strlen(ssid) <= 32, "a name of a network is one");
    expect(*password == 0 || (std::strlen(password) >= 8 && std::strlen(password) <= 63), "a password is one");
    expect(std::strlen(running_.time_zone.data()) <= 63, "a time zone ends");
    expect(running_.sda_pin <= 46 && running_.scl_pin <= 46 && running_.sda_pin != running_.scl_pin, "pins are two");
    expect(missing_from(running_) == nullptr, "nothing is missing that was built in");
  }

 private:
  void type(const char* before, const char* secret, const char* after) {
    for (const char* text : {before, secret, after}) console_.take(bytes_of(text));
  }

  device_view view() override { return {}; }
  board_health health() override { return {100'000, -60}; }
  void selftest(text_sink& terminal) override { say(terminal, "{}"); }
  void write(const char* text) override { shown += text; }

  const secrets& secrets_;
  memory_settings store_;
  stored_config config_{store_};
  device_config running_;
  console console_{store_, running_, *this, *this};
};

}  // namespace
}  // namespace sealpost::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sealpost::fuzz;
  board_with_console left(of_left);
  board_with_console right(of_right);
  for (std::size_t at = 0; at < size; ++at) {
    left.take(data[at]);
    right.take(data[at]);
  }
  left.start();
  right.start();
  expect(left.shown == right.shown, "what is shown does not depend on a secret");
  return 0;
}
