#include "sealpost/console/stored_config.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <string>

#include "console/terminal.hpp"
#include "fakes/board.hpp"

namespace sealpost::test {
namespace {

key256 counting_key() {
  key256 key{};
  for (std::size_t index = 0; index < key.size(); index += 1) key[index] = static_cast<std::uint8_t>(index);
  return key;
}

/// A board's settings, and what they say.
struct stored {
  memory_settings store;
  stored_config config{store};

  device_config load(const built_in_config& built_in = {}) {
    device_config loaded;
    config.load(built_in, loaded);
    return loaded;
  }
};

/// Everything in a configuration, as text, so that it is compared whole.
std::string text_of(const device_config& config) {
  return std::string(config.identity.device_id.data()) + (config.has_key() ? " with key" : " without key") + " at " +
         config.identity.server.host.data() + ":" + std::to_string(config.identity.server.port) + ", Wi-Fi '" +
         config.wifi_ssid.data() + "' '" + config.wifi_password.data() + "', zone " + config.time_zone.data() +
         ", pins " + std::to_string(config.sda_pin) + " " + std::to_string(config.scl_pin);
}

constexpr built_in_config compiled{
    "compiled-in", some_key, "http://compiled.example:81", "compiled net", "compiled pass", "JST-9", 21, 22};

TEST_CASE("a board that was told nothing has no more than UTC and the pins of its sensors") {
  stored stored;
  const device_config config = stored.load();
  CHECK(text_of(config) == " without key at :0, Wi-Fi '' '', zone UTC0, pins 41 40");
  CHECK(std::string(missing_from(config)) == "device id");
}

TEST_CASE("what was compiled in holds where nothing is stored") {
  stored stored;
  const device_config config = stored.load(compiled);
  CHECK(text_of(config) ==
        "compiled-in with key at compiled.example:81, Wi-Fi 'compiled net' 'compiled pass', zone JST-9, pins 21 22");
  CHECK(config.identity.device_key == counting_key());
  CHECK(missing_from(config) == nullptr);
}

TEST_CASE("what is stored holds over what was compiled in") {
  stored stored;
  CHECK(stored.config.set_device_id("greenhouse") == status::ok);
  CHECK(stored.config.set_device_key("//////////////////////////////////////////8=") == status::ok);
  CHECK(stored.config.set_server("http://[fe80::1]") == status::ok);
  CHECK(stored.config.set_wifi("our house", "") == status::ok);
  CHECK(stored.config.set_time_zone("CET-1CEST,M3.5.0,M10.5.0/3") == status::ok);
  CHECK(stored.config.set_pins("8", "09") == status::ok);
  const device_config config = stored.load(compiled);
  CHECK(text_of(config) ==
        "greenhouse with key at fe80::1:80, Wi-Fi 'our house' '', zone CET-1CEST,M3.5.0,M10.5.0/3, pins 8 9");
  key256 ones{};
  ones.fill(0xff);
  CHECK(config.identity.device_key == ones);
}

TEST_CASE("whatever is missing is named, in the order in which one would set it") {
  stored stored;
  const auto missing = [&] { return std::string(missing_from(stored.load())); };
  CHECK(missing() == "device id");
  CHECK(stored.config.set_device_id("greenhouse") == status::ok);
  CHECK(missing() == "device key");
  CHECK(stored.config.set_device_key(some_key) == status::ok);
  CHECK(missing() == "server");
  CHECK(stored.config.set_server("http://server.example") == status::ok);
  CHECK(missing() == "Wi-Fi");
  CHECK(stored.config.set_wifi("our house", "password") == status::ok);
  CHECK(missing_from(stored.load()) == nullptr);
}

TEST_CASE("a device id is 1 to 32 of what the protocol allows") {
  stored stored;
  for (const std::string id : {"a", "greenhouse-2", "z0-", "abcdefghijklmnopqrstuvwxyz-01234"}) {
    CAPTURE(id);
    CHECK(stored.config.set_device_id(id.c_str()) == status::ok);
    CHECK(stored.load().identity.device_id.data() == id);
  }
  stored.store.values.clear();
  for (const char* id : {"", "-a", "0a", "A", "aB", "a_b", "a b", "gr\xc3\xbcn", "abcdefghijklmnopqrstuvwxyz-012345"}) {
    CAPTURE(id);
    CHECK(stored.config.set_device_id(id) == status::malformed);
  }
  CHECK(stored.store.values.empty());
}

TEST_CASE("a device key is exactly 32 bytes in base64, and not all zeros") {
  stored stored;
  const std::string key = some_key;
  for (const std::string& wrong :
       {std::string(), key.substr(1), key.substr(0, 43), key + "=", key + "\n", "\n" + key, " " + key,
        key.substr(0, 43) + "A", key.substr(0, 42) + "==", "-" + key.substr(1), "_" + key.substr(1),
        key.substr(0, 20) + "\n" + key.substr(21), key.substr(0, 20) + " " + key.substr(21),
        key.substr(0, 20) + "=" + key.substr(21), key.substr(0, 40) + "    ", std::string(43, 'A') + "=",
        std::string(44, '='), key.substr(0, 42) + "\xc3\xbc"}) {
    CAPTURE(wrong);
    CHECK(stored.config.set_device_key(wrong.c_str()) == status::malformed);
  }
  CHECK(stored.store.values.empty());
  CHECK(stored.config.set_device_key(some_key) == status::ok);
  CHECK(stored.load().identity.device_key == counting_key());
}

TEST_CASE("a server is a URL as the core takes it, of a bounded length") {
  stored stored;
  const std::string longest = "http://[" + std::string(56, '1') + ":2222:3]:65535/";
  REQUIRE(longest.size() <= 80);
  CHECK(stored.config.set_server(longest.c_str()) == status::ok);
  CHECK(stored.load().identity.server.port == 65'535);
  stored.store.values.clear();
  for (const std::string& url : {std::string(), std::string("server.example"), std::string("https://server.example"),
                                 std::string("http://server.example/path"), "http://" + std::string(100, 'a')}) {
    CAPTURE(url);
    CHECK(stored.config.set_server(url.c_str()) == status::malformed);
  }
  CHECK(stored.store.values.empty());
}

TEST_CASE("a network has a name of 1 to 32 bytes and a password of 8 to 63, or none") {
  stored stored;
  const std::string longest_name(32, 'n');
  const std::string longest_password(63, 'p');
  CHECK(stored.config.set_wifi(longest_name.c_str(), longest_password.c_str()) == status::ok);
  CHECK(stored.load().wifi_ssid.data() == longest_name);
  CHECK(stored.load().wifi_password.data() == longest_password);
  CHECK(stored.config.set_wifi("\xf0\x9f\x8c\xb1 \"house\"", "8 bytes!") == status::ok);
  CHECK(std::string(stored.load().wifi_ssid.data()) == "\xf0\x9f\x8c\xb1 \"house\"");
  CHECK(std::string(stored.load().wifi_password.data()) == "8 bytes!");
  stored.store.values.clear();
  CHECK(stored.config.set_wifi("", "password") == status::malformed);
  CHECK(stored.config.set_wifi((longest_name + "n").c_str(), "password") == status::malformed);
  CHECK(stored.config.set_wifi("net", "7 bytes") == status::malformed);
  CHECK(stored.config.set_wifi("net", (longest_password + "p").c_str()) == status::malformed);
  CHECK(stored.config.set_wifi("n\x1b[2Jet", "password") == status::malformed);
  CHECK(stored.config.set_wifi("net", "pass\x7fword") == status::malformed);
  CHECK(stored.store.values.empty());
}

TEST_CASE("a zone looks like one of POSIX") {
  stored stored;
  for (const std::string zone : {"UTC0", "CET-1CEST,M3.5.0,M10.5.0/3", "<+0330>-3:30<+0430>,J79/24,J263/24",
                                 "<-02>2<-01>,M3.5.0/-1,M10.5.0/0"}) {
    CAPTURE(zone);
    CHECK(stored.config.set_time_zone(zone.c_str()) == status::ok);
    CHECK(stored.load().time_zone.data() == zone);
  }
  stored.store.values.clear();
  for (const std::string& zone :
       {std::string(), std::string("UTC"), std::string("Europe/Berlin"), std::string("0UTC"), std::string(":UTC0"),
        std::string("UTC 0"), std::string("UTC0\n"), std::string("UT0"), "UTC0," + std::string(60, 'M')}) {
    CAPTURE(zone);
    CHECK(stored.config.set_time_zone(zone.c_str()) == status::malformed);
  }
  CHECK(stored.store.values.empty());
}

TEST_CASE("pins are two different numbers of 0 to 46") {
  stored stored;
  CHECK(stored.config.set_pins("0", "46") == status::ok);
  CHECK(text_of(stored.load()) == " without key at :0, Wi-Fi '' '', zone UTC0, pins 0 46");
  stored.store.values.clear();
  const char* const wrong[][2] = {{"1", "1"},  {"47", "1"}, {"1", "47"},  {"", "1"},   {"-1", "1"},
                                  {"1", "1a"}, {"1", " 2"}, {"1", "002"}, {"1", "256"}};
  for (const auto& pins : wrong) {
    CAPTURE(pins[0]);
    CAPTURE(pins[1]);
    CHECK(stored.config.set_pins(pins[0], pins[1]) == status::malformed);
  }
  CHECK(stored.store.values.empty());
}

TEST_CASE("keys of settings are of at most 15 characters, and a network is stored in one piece") {
  stored stored;
  CHECK(stored.config.set_device_id("greenhouse") == status::ok);
  CHECK(stored.config.set_device_key(some_key) == status::ok);
  CHECK(stored.config.set_server("http://server.example") == status::ok);
  CHECK(stored.config.set_wifi("our house", "password") == status::ok);
  CHECK(stored.config.set_time_zone("UTC0") == status::ok);
  CHECK(stored.config.set_pins("1", "2") == status::ok);
  CHECK(stored.store.values.size() == 6);
  for (const auto& [key, value] : stored.store.values) CHECK(key.size() <= 15);
}

TEST_CASE("forgetting erases what was set, and not what else the board remembers") {
  stored stored;
  CHECK(stored.config.forget() == status::ok);
  CHECK(stored.config.set_device_id("greenhouse") == status::ok);
  CHECK(stored.config.set_device_key(some_key) == status::ok);
  CHECK(stored.config.set_server("http://server.example") == status::ok);
  CHECK(stored.config.set_wifi("our house", "password") == status::ok);
  CHECK(stored.config.set_time_zone("UTC0") == status::ok);
  CHECK(stored.config.set_pins("1", "2") == status::ok);
  const std::vector<std::uint8_t> boots{0, 0, 0, 0, 0, 0, 0, 7};
  stored.store.values["boots"] = boots;
  CHECK(stored.config.forget() == status::ok);
  CHECK(stored.store.values == std::map<std::string, std::vector<std::uint8_t>>{{"boots", boots}});
}

TEST_CASE("flash that fails is told of, and leaves what was compiled in") {
  stored stored;
  stored.store.fails = true;
  CHECK(stored.config.set_device_id("greenhouse") == status::flash_failed);
  CHECK(stored.config.set_device_key(some_key) == status::flash_failed);
  CHECK(stored.config.set_wifi("our house", "password") == status::flash_failed);
  CHECK(stored.config.forget() == status::flash_failed);
  CHECK(text_of(stored.load(compiled)) ==
        "compiled-in with key at compiled.example:81, Wi-Fi 'compiled net' 'compiled pass', zone JST-9, pins 21 22");
}

TEST_CASE("what is stored and can't be right is passed over, whatever it is") {
  const auto bytes_of_text = [](const std::string& text) {
    return std::vector<std::uint8_t>(text.begin(), text.end());
  };
  const std::string rubbish[] = {std::string(),          std::string(1, '\0'),  std::string(1, '\x05'),
                                 std::string(2, '\x01'), std::string(32, '\0'), std::string(33, 'a'),
                                 std::string(95, 'x'),   std::string(96, ' '),  std::string(97, 'y'),
                                 std::string(400, 'b')};
  for (const std::string& value : rubbish) {
    stored stored;
    for (const char* key : {"device_id", "device_key", "server", "wifi", "time_zone", "pins"}) {
      stored.store.values[key] = bytes_of_text(value);
    }
    CAPTURE(value.size());
    CHECK(text_of(stored.load(compiled)) ==
          "compiled-in with key at compiled.example:81, Wi-Fi 'compiled net' 'compiled pass', zone JST-9, pins 21 22");
  }
}

TEST_CASE("a stored key of another size than a key's is passed over") {
  for (const std::size_t size : {std::size_t{1}, std::size_t{31}, std::size_t{33}}) {
    CAPTURE(size);
    stored stored;
    stored.store.values["device_key"] = std::vector<std::uint8_t>(size, 0xaa);
    CHECK_FALSE(stored.load().has_key());
    CHECK(stored.load().identity.device_key == key256{});
    CHECK(stored.load(compiled).identity.device_key == counting_key());
  }
}

TEST_CASE("what was compiled in and can't be right is as if it were not there") {
  stored stored;
  const built_in_config wrong{"Greenhouse", "no key", "server.example", "net", "short", "nowhere", 41, 40};
  CHECK(text_of(stored.load(wrong)) == " without key at :0, Wi-Fi '' '', zone , pins 41 40");
}

}  // namespace
}  // namespace sealpost::test
