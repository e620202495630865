#include "sealpost/console/console.hpp"

#include <algorithm>
#include <cstring>

namespace sealpost {
namespace {

enum class setting : std::uint8_t { wifi, server, device, key, zone, pins };

struct setting_rule {
  setting what;
  const char* name;
  /// Words of a command that sets it.
  std::size_t least_words, most_words;
  const char* usage;
  const char* meaning;
  const char* expected;
};

constexpr std::array setting_rules = {
    setting_rule{setting::wifi, "wifi", 3, 4, "set wifi NAME", "asks for the password; \"a name\" may have spaces",
                 "a name has 1 to 32 bytes, a password 8 to 63 or none"},
    setting_rule{setting::server, "server", 3, 3, "set server URL", "such as http://192.168.1.10:8080",
                 "expected something like http://192.168.1.10:8080"},
    setting_rule{setting::device, "device", 3, 3, "set device ID", "as it is registered at the server",
                 "expected 1 to 32 characters: a lower-case letter, then lower-case letters, digits and hyphens"},
    setting_rule{setting::key, "key", 2, 3, "set key", "asks for the key that sealpost device add has shown",
                 "expected the 44 characters that sealpost device add has shown"},
    setting_rule{setting::zone, "zone", 3, 3, "set zone TZ", "such as CET-1CEST,M3.5.0,M10.5.0/3",
                 "expected a zone as POSIX writes it, such as CET-1CEST,M3.5.0,M10.5.0/3"},
    setting_rule{setting::pins, "pins", 4, 4, "set pins SDA SCL", "the sensors' bus, such as 41 40",
                 "expected two different numbers of 0 to 46"},
};

struct help_line {
  const char* usage;
  const char* meaning;
};

constexpr std::array other_commands = {
    help_line{"help", "this"},
    help_line{"status", "how the device is"},
    help_line{"forget", "erases what was set here"},
    help_line{"selftest", "runs the cryptography's test vectors on this chip"},
};

constexpr char prompt[] = "> ";

bool same(const char* left, const char* right) { return std::strcmp(left, right) == 0; }

const setting_rule* find_setting(span<const char> name) {
  const auto* found = std::find_if(setting_rules.begin(), setting_rules.end(), [&](const setting_rule& rule) {
    return std::strlen(rule.name) == name.size() && std::equal(name.begin(), name.end(), rule.name);
  });
  return found == setting_rules.end() ? nullptr : found;
}

const setting_rule& rule_of(setting what) { return setting_rules[static_cast<std::size_t>(what)]; }

}  // namespace

void console::begin() {
  say(terminal_, "sealpost: type help for what can be done here");
  if (const char* missing = missing_from(running_)) say(terminal_, "missing: %s", missing);
  terminal_.write(prompt);
}

void console::take(bytes typed) {
  for (const std::uint8_t byte : typed) take(byte);
}

void console::take(std::uint8_t byte) {
  switch (editor_.take(byte, next_is_secret(), terminal_)) {
    case line_editor::event::none:
      return;
    case line_editor::event::line:
      if (question_ == question::none)
        run();
      else
        answer();
      editor_.clear();
      break;
    case line_editor::event::too_long:
      say(terminal_, "that is longer than 160 characters: nothing of it was taken");
      question_ = question::none;
      break;
    case line_editor::event::abandoned:
      question_ = question::none;
      break;
  }
  if (question_ == question::none) terminal_.write(prompt);
}

/// Rather too much than too little: whatever follows two words is a secret, unless the second is the name of something
/// else. So is what follows a name that was mistyped.
bool console::next_is_secret() {
  if (question_ != question::none) return true;
  span<const char> name;
  const std::size_t count = whole_words(editor_.line(), name);
  if (count < 2) return false;
  const setting_rule* rule = find_setting(name);
  if (rule == nullptr || rule->what == setting::key) return true;
  return rule->what == setting::wifi && count > 2;
}

void console::run() {
  words given;
  if (split(editor_.line(), given) != status::ok) {
    say(terminal_, "a quotation mark is not closed, or in the middle of a word");
    return;
  }
  const char* name = given.count > 0 ? given.at[0] : "";
  if (same(name, "help"))
    help();
  else if (same(name, "status"))
    report_status(running_, host_.view(), host_.health(), terminal_);
  else if (same(name, "set"))
    set(given);
  else if (same(name, "forget"))
    forget(given.count == 2 && same(given.at[1], "yes"));
  else if (same(name, "selftest"))
    host_.selftest(terminal_);
  else if (given.count > 0)
    say(terminal_, "there is no such command: type help");
}

void console::help() {
  for (const help_line& line : other_commands) say(terminal_, "  %-17s %s", line.usage, line.meaning);
  for (const setting_rule& rule : setting_rules) say(terminal_, "  %-17s %s", rule.usage, rule.meaning);
  say(terminal_, "What is set holds from the next start on. Ctrl-C takes a line back.");
}

void console::set(const words& given) {
  const char* name = given.count > 1 ? given.at[1] : "";
  const setting_rule* rule = find_setting({name, std::strlen(name)});
  if (rule == nullptr) {
    say(terminal_, "set wifi, server, device, key, zone or pins: type help");
    return;
  }
  if (given.count < rule->least_words || given.count > rule->most_words) {
    say(terminal_, "%s: %s", rule->usage, rule->meaning);
    return;
  }
  const char* value = given.at[2];
  status stored = status::malformed;
  switch (rule->what) {
    case setting::wifi:
      if (given.count == 3 && std::strlen(value) < asked_ssid_.size()) {
        asked_ssid_.fill(0);
        std::copy_n(value, std::strlen(value), asked_ssid_.begin());
        ask(question::wifi_password, "password, or nothing for an open network: ");
        return;
      }
      if (given.count == 4) stored = config_.set_wifi(value, given.at[3]);
      break;
    case setting::server:
      stored = config_.set_server(value);
      break;
    case setting::device:
      stored = config_.set_device_id(value);
      break;
    case setting::key:
      if (given.count == 2) {
        ask(question::device_key, "key: ");
        return;
      }
      stored = config_.set_device_key(value);
      break;
    case setting::zone:
      stored = config_.set_time_zone(value);
      break;
    case setting::pins:
      stored = config_.set_pins(value, given.at[3]);
      break;
  }
  say_stored(stored, rule->expected);
}

void console::ask(question what, const char* text) {
  question_ = what;
  terminal_.write(text);
}

void console::answer() {
  const question answered = question_;
  question_ = question::none;
  if (answered == question::wifi_password) {
    // The whole line, since spaces may belong to it.
    say_stored(config_.set_wifi(asked_ssid_.data(), editor_.line().data()), rule_of(setting::wifi).expected);
    return;
  }
  words given;
  const bool is_one_word = split(editor_.line(), given) == status::ok && given.count == 1;
  const status stored = is_one_word ? config_.set_device_key(given.at[0]) : status::malformed;
  say_stored(stored, rule_of(setting::key).expected);
}

void console::forget(bool sure) {
  if (!sure) {
    say(terminal_, "this erases the key and everything else that was set here: type forget yes");
    return;
  }
  const status ended = config_.forget();
  if (ended == status::ok)
    say(terminal_, "forgotten: from the next start on there is only what was compiled in");
  else
    say(terminal_, "not everything was erased: %s", describe(ended));
}

void console::say_stored(status stored, const char* expected) {
  if (stored == status::ok)
    say(terminal_, "stored: it holds from the next start on");
  else
    say(terminal_, "not stored: %s", stored == status::malformed ? expected : describe(stored));
}

}  // namespace sealpost
