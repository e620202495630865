#include "arduino/fakes/esp32.hpp"

#include <Arduino.h>

#include <stdexcept>

namespace sealpost::test {
namespace {

esp32* current = nullptr;

}  // namespace

esp32& the_board() {
  if (current == nullptr) throw std::logic_error("there is no board");
  return *current;
}

esp32::esp32() {
  current = this;
  server.pass_time = [this](micros span) { tasks.sleep_until(tasks.now() + span); };
}

void esp32::power_on() {
  boots += 1;
  booted_at = tasks.now();
  radio = {};
  tasks.create("loopTask", static_cast<std::uint32_t>(getArduinoLoopTaskStackSize()), [this] {
    setup();
    while (true) {
      if (rtos_task& self = *tasks.running(); self.fed_at) self.fed_at = tasks.now();
      loop();
    }
  });
}

void esp32::cut_power() {
  tasks.cut_power();
  radio = {};
}

void esp32::run_for(micros span) { tasks.run_until(tasks.now() + span); }

void esp32::type(const std::string& text) {
  serial_in.insert(serial_in.end(), text.begin(), text.end());
  run_for(200 * millisecond);
}

std::string esp32::printed() { return std::exchange(serial_out, {}); }

bool esp32::is_on_network() {
  if (!network.is_on_air) {
    radio.connects_at.reset();
    return false;
  }
  // Arduino tries again by itself what it has lost.
  if (radio.is_on && !radio.connects_at && radio.ssid == network.ssid && radio.password == network.password &&
      !network.refuses_once) {
    radio.connects_at = tasks.now() + 3 * second;
  }
  return radio.connects_at && tasks.now() >= *radio.connects_at;
}

}  // namespace sealpost::test
