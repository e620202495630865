#pragma once

#include <string>

#include "console/terminal.hpp"
#include "fakes/board.hpp"
#include "sealpost/console/console.hpp"

namespace sealpost::test {

class fake_host final : public console_host {
 public:
  device_view seen;
  board_health board{123'456, -61};
  int selftests = 0;

  device_view view() override { return seen; }
  board_health health() override { return board; }
  void selftest(text_sink& terminal) override {
    selftests += 1;
    say(terminal, "{\"passed\":true}");
  }
};

/// A person at a board's serial port.
struct person {
  memory_settings store;
  device_config running;
  fake_host host;
  test::terminal terminal;
  sealpost::console console{store, running, host, terminal};

  /// What is shown while this is typed, and after it.
  std::string type(const std::string& text) {
    console.take(bytes_of(text.c_str()));
    return terminal.take();
  }
  std::string stored(const std::string& key) {
    const auto found = store.values.find(key);
    return found == store.values.end() ? "nothing" : std::string(found->second.begin(), found->second.end());
  }
};

}  // namespace sealpost::test
