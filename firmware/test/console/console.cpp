#include "sealpost/console/console.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

#include "console/person.hpp"

namespace sealpost::test {
namespace {

constexpr char stored_well[] = "stored: it holds from the next start on\r\n> ";

TEST_CASE("the console says that it is there, and what is missing") {
  person person;
  person.console.begin();
  CHECK(person.terminal.take() == "sealpost: type help for what can be done here\r\nmissing: device id\r\n> ");
}

TEST_CASE("help names every command") {
  person person;
  CHECK(person.type("help\r") ==
        "help\r\n"
        "  help              this\r\n"
        "  status            how the device is\r\n"
        "  forget            erases what was set here\r\n"
        "  selftest          runs the cryptography's test vectors on this chip\r\n"
        "  set wifi NAME     asks for the password; \"a name\" may have spaces\r\n"
        "  set server URL    such as http://192.168.1.10:8080\r\n"
        "  set device ID     as it is registered at the server\r\n"
        "  set key           asks for the key that sealpost device add has shown\r\n"
        "  set zone TZ       such as CET-1CEST,M3.5.0,M10.5.0/3\r\n"
        "  set pins SDA SCL  the sensors' bus, such as 41 40\r\n"
        "What is set holds from the next start on. Ctrl-C takes a line back.\r\n> ");
}

TEST_CASE("an empty line does nothing, and what is no command says so without repeating it") {
  person person;
  CHECK(person.type("\r") == "\r\n> ");
  CHECK(person.type("   \r") == "   \r\n> ");
  CHECK(person.type("hlep\r") == "hlep\r\nthere is no such command: type help\r\n> ");
  CHECK(person.type("HELP\r") == "HELP\r\nthere is no such command: type help\r\n> ");
  CHECK(person.type("\"\"\r") == "\"\"\r\nthere is no such command: type help\r\n> ");
}

TEST_CASE("a device is set up as the server's command line tells") {
  person person;
  CHECK(person.type("set device greenhouse\r") == std::string("set device greenhouse\r\n") + stored_well);
  CHECK(person.type("set key\r") == "set key\r\nkey: ");
  CHECK(person.type(std::string(some_key) + "\r") == std::string(44, '*') + "\r\n" + stored_well);
  CHECK(person.type("set server http://192.168.1.10:8080\r") ==
        std::string("set server http://192.168.1.10:8080\r\n") + stored_well);
  CHECK(person.type("set wifi \"our house\"\r") ==
        "set wifi \"our house\"\r\npassword, or nothing for an open network: ");
  CHECK(person.type("pass word\r") == std::string("*********\r\n") + stored_well);
  CHECK(person.type("set zone CET-1CEST,M3.5.0,M10.5.0/3\r") ==
        std::string("set zone CET-1CEST,M3.5.0,M10.5.0/3\r\n") + stored_well);
  CHECK(person.type("set pins 8 9\r") == std::string("set pins 8 9\r\n") + stored_well);
  device_config config;
  stored_config(person.store).load({}, config);
  CHECK(missing_from(config) == nullptr);
  CHECK(std::string(config.identity.device_id.data()) == "greenhouse");
  CHECK(config.identity.device_key[31] == 31);
  CHECK(std::string(config.identity.server.host.data()) == "192.168.1.10");
  CHECK(std::string(config.wifi_ssid.data()) == "our house");
  CHECK(std::string(config.wifi_password.data()) == "pass word");
  CHECK(config.sda_pin == 8);
}

TEST_CASE("a key and a password may be on the line of the command, and are not shown there either") {
  person person;
  CHECK(person.type(std::string("set key ") + some_key + "\r") ==
        "set key " + std::string(44, '*') + "\r\n" + stored_well);
  // The second space after the name may be a part of the password.
  CHECK(person.type("set  wifi  \"our house\"  \"pass word\"\r") ==
        "set  wifi  \"our house\" " + std::string(12, '*') + "\r\n" + stored_well);
  CHECK(person.stored("wifi") == std::string("our house\0pass word", 19));
}

TEST_CASE("what follows a name that was mistyped is not shown") {
  person person;
  CHECK(person.type(std::string("set kye ") + some_key + "\r") ==
        "set kye " + std::string(44, '*') + "\r\nset wifi, server, device, key, zone or pins: type help\r\n> ");
  CHECK(person.type(std::string("est key ") + some_key + "\r") ==
        "est key " + std::string(44, '*') + "\r\nthere is no such command: type help\r\n> ");
  CHECK(person.type(std::string("set \"key\" ") + some_key + "\r") ==
        "set \"key\" " + std::string(44, '*') + "\r\n" + stored_well);
}

TEST_CASE("an answer that is no key says what a key is, and asks no more") {
  person person;
  const std::string refused = "not stored: expected the 44 characters that sealpost device add has shown\r\n> ";
  for (const std::string& answer : {std::string(), std::string("help"), std::string("two words"), std::string("\"")}) {
    CAPTURE(answer);
    CHECK(person.type("set key\r") == "set key\r\nkey: ");
    CHECK(person.type(answer + "\r") == std::string(answer.size(), '*') + "\r\n" + refused);
  }
  CHECK(person.store.values.empty());
  CHECK(person.type("help\r").find("set pins") != std::string::npos);
}

TEST_CASE("spaces around a pasted key do no harm") {
  person person;
  (void)person.type("set key\r");
  CHECK(person.type(std::string("  ") + some_key + " \r") == std::string(47, '*') + "\r\n" + stored_well);
  CHECK(person.store.values.at("device_key").size() == 32);
}

TEST_CASE("no answer for a password is an open network") {
  person person;
  (void)person.type("set wifi cafe\r");
  CHECK(person.type("\r") == std::string("\r\n") + stored_well);
  CHECK(person.stored("wifi") == std::string("cafe\0", 5));
}

TEST_CASE("Ctrl-C takes a question back") {
  person person;
  (void)person.type("set key\r");
  CHECK(person.type("AAEC\x03") == "****^C\r\n> ");
  CHECK(person.type("help\r").find("help\r\n  help") == 0);
  CHECK(person.store.values.empty());
}

TEST_CASE("a line that is too long is refused whole, also as an answer") {
  person person;
  const std::string refused = "that is longer than 160 characters: nothing of it was taken\r\n> ";
  const std::string shown = person.type("set device " + std::string(200, 'a') + "\r");
  CHECK(shown == "set device " + std::string(149, 'a') + "\r\n" + refused);
  (void)person.type("set key\r");
  CHECK(person.type(some_key + std::string(200, ' ') + "\r") == std::string(160, '*') + "\r\n" + refused);
  CHECK(person.store.values.empty());
  CHECK(person.type("set device greenhouse\r") == std::string("set device greenhouse\r\n") + stored_well);
}

TEST_CASE("a setting that can't be right says what it has to be, and changes nothing") {
  person person;
  const auto refusal = [&](const std::string& line) {
    const std::string shown = person.type(line + "\r");
    return shown.substr(shown.find("\r\n") + 2);
  };
  CHECK(refusal("set device Greenhouse") ==
        "not stored: expected 1 to 32 characters: a lower-case letter, then lower-case letters, digits and "
        "hyphens\r\n> ");
  CHECK(refusal("set server greenhouse.local") == "not stored: expected something like http://192.168.1.10:8080\r\n> ");
  CHECK(refusal("set zone Berlin") ==
        "not stored: expected a zone as POSIX writes it, such as CET-1CEST,M3.5.0,M10.5.0/3\r\n> ");
  CHECK(refusal("set pins 41 41") == "not stored: expected two different numbers of 0 to 46\r\n> ");
  CHECK(refusal("set wifi net short") == "not stored: a name has 1 to 32 bytes, a password 8 to 63 or none\r\n> ");
  CHECK(refusal("set wifi a-name-of-more-than-thirty-two-bytes") ==
        "not stored: a name has 1 to 32 bytes, a password 8 to 63 or none\r\n> ");
  CHECK(refusal("set key abc") == "not stored: expected the 44 characters that sealpost device add has shown\r\n> ");
  CHECK(refusal("set device \"greenhouse") == "a quotation mark is not closed, or in the middle of a word\r\n> ");
  CHECK(person.store.values.empty());
}

TEST_CASE("a setting with too few words or too many says how it is written") {
  person person;
  const auto usage = [&](const std::string& line) {
    const std::string shown = person.type(line + "\r");
    return shown.substr(shown.find("\r\n") + 2);
  };
  CHECK(usage("set") == "set wifi, server, device, key, zone or pins: type help\r\n> ");
  CHECK(usage("set device") == "set device ID: as it is registered at the server\r\n> ");
  CHECK(usage("set device a b") == "set device ID: as it is registered at the server\r\n> ");
  CHECK(usage("set wifi") == "set wifi NAME: asks for the password; \"a name\" may have spaces\r\n> ");
  CHECK(usage("set wifi our house password") ==
        "set wifi NAME: asks for the password; \"a name\" may have spaces\r\n> ");
  CHECK(usage("set key a b") == "set key: asks for the key that sealpost device add has shown\r\n> ");
  CHECK(usage("set pins 41") == "set pins SDA SCL: the sensors' bus, such as 41 40\r\n> ");
  CHECK(usage("set pins 41 40 39 38") == "set pins SDA SCL: the sensors' bus, such as 41 40\r\n> ");
  CHECK(person.store.values.empty());
}

TEST_CASE("forgetting asks first") {
  person person;
  (void)person.type("set device greenhouse\r");
  const std::string asks = "this erases the key and everything else that was set here: type forget yes\r\n> ";
  CHECK(person.type("forget\r") == "forget\r\n" + asks);
  CHECK(person.type("forget no\r") == "forget no\r\n" + asks);
  CHECK(person.type("forget yes please\r") == "forget yes ******\r\n" + asks);
  CHECK(person.stored("device_id") == "greenhouse");
  CHECK(person.type("forget yes\r") ==
        "forget yes\r\nforgotten: from the next start on there is only what was compiled in\r\n> ");
  CHECK(person.store.values.empty());
}

TEST_CASE("flash that fails is told of") {
  person person;
  person.store.fails = true;
  const std::string reason = describe(status::flash_failed);
  CHECK(person.type("set device greenhouse\r") == "set device greenhouse\r\nnot stored: " + reason + "\r\n> ");
  CHECK(person.type("forget yes\r") == "forget yes\r\nnot everything was erased: " + reason + "\r\n> ");
}

TEST_CASE("selftest asks the firmware around the console") {
  person person;
  CHECK(person.type("selftest\r") == "selftest\r\n{\"passed\":true}\r\n> ");
  CHECK(person.host.selftests == 1);
}

TEST_CASE("no bytes whatever make the console show a secret, store what can't be right, or stop") {
  const std::string secret = "verysecret";
  const std::string pieces[] = {"set ",     "key ",   "wifi ", "device ", "zone ", "pins ", "server ", "forget yes\r",
                                "status\r", "help\r", "\r",    "\n",      "\"",    "\\",    " ",       "\b",
                                "\x03",     "\x1b[A", "\x7f",  "a",       "41 40"};
  std::mt19937 random(4711);
  person person;
  for (int run = 0; run < 3'000; run += 1) {
    std::string line = random() % 2 == 0 ? "set key " : "set wifi net ";
    for (std::size_t left = random() % 6; left > 0; left -= 1) {
      line += pieces[random() % std::size(pieces)];
      if (random() % 3 == 0) line += static_cast<char>(random());
    }
    (void)person.type(line);
  }
  for (const std::string& command : {std::string("set key "), std::string("set wifi net ")}) {
    (void)person.type("\x03");
    CHECK(person.type(command + secret + "\r").find("very") == std::string::npos);
  }
  device_config config;
  stored_config(person.store).load({}, config);
  CHECK(std::string(config.wifi_password.data()) == secret);
}

}  // namespace
}  // namespace sealpost::test
