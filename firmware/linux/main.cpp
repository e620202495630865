// A virtual ESP32: the firmware's core on this machine, against a real server.
#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "linux/key_file.hpp"
#include "linux/signal_watch.hpp"
#include "linux/status_line.hpp"
#include "linux/virtual_board.hpp"
#include "sealpost/device/device.hpp"

namespace sealpost::posix {
namespace {

constexpr int success = 0;
constexpr int failure = 1;
constexpr int wrong_usage = 2;

int fail(int code, const std::string& problem) {
  (void)std::fprintf(stderr, "virtual-esp32: %s\n", problem.c_str());
  return code;
}

device_identity identity_of(const options& given) {
  device_identity identity;
  std::copy(given.device_id.begin(), given.device_id.end(), identity.device_id.begin());
  identity.server = given.server;
  identity.firmware_version = SEALPOST_VERSION;
  identity.hardware = "virtual-esp32";
  return identity;
}

std::string status_of(device& device) { return status_line(device.view(), bounded_heap::used().peak); }

/// Samples through the uptime that it has had without a network, as fast as it goes.
void catch_up(device& device, board_clock& clock, const stop_event& stop) {
  while (clock.is_behind() && !stop.requested()) clock.skip_to(device.run(job::update_sensor_data));
}

int live(const options& given, const device_identity& identity) {
  const stop_event stop;
  virtual_board board(given, stop);
  std::string problem;
  if (!board.open(given, problem)) return fail(failure, problem);
  device device(identity, board.seam());
  const signal_watch signals(stop, [&] { console_log::say(status_of(device)); });

  device.begin();
  if (given.sample_interval) device.pin_sample_interval(*given.sample_interval);
  catch_up(device, board.clock(), stop);
  board.threads().start([&](job job) {
    const micros next = device.run(job);
    if (given.readings && device.view().receipted >= *given.readings) stop.request();
    return board.clock().host_time(next);
  });
  stop.wait();
  board.threads().stop();
  if (!given.quiet) console_log::say(status_of(device));
  return success;
}

int run(int count, char** arguments) {
  options given;
  std::string problem;
  if (!parse_options(count, arguments, given, problem)) return fail(wrong_usage, problem);
  if (given.wants_help) return std::fputs(help_text().c_str(), stdout) < 0 ? failure : success;
  device_identity identity = identity_of(given);
  if (!read_key_file(given.key_file, identity.device_key, problem)) return fail(failure, problem);
  const int code = live(given, identity);
  wipe(identity.device_key);
  return code;
}

}  // namespace
}  // namespace sealpost::posix

int main(int count, char** arguments) { return sealpost::posix::run(count, arguments); }
