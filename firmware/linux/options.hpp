#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "linux/sensor_fault.hpp"
#include "sealpost/wire/http.hpp"

namespace sealpost::posix {

/// The command line of the virtual ESP32.
struct options {
  server_address server;
  std::string device_id;
  std::string key_file;
  std::string flash_file;
  std::optional<micros> sample_interval;
  std::optional<std::uint64_t> readings;
  bool quiet = false;

  // Its world.
  /// From the device id unless said.
  std::optional<std::uint32_t> seed;
  std::uint32_t flash_size = 1'310'720;
  double clock_drift_ppm = 0;
  bool has_ntp = true;
  micros ntp_error = 0;

  // Its faults.
  std::vector<sensor_fault> sensor_faults;
  std::vector<uptime_span> link_losses;
  micros offline_for = 0;
  std::optional<std::uint64_t> power_cut_after_bytes;

  bool wants_help = false;
};

/// False with one sentence on what is wrong and what to do.
[[nodiscard]] bool parse_options(int count, char** arguments, options& into, std::string& problem);

/// The text of --help.
[[nodiscard]] std::string help_text();

}  // namespace sealpost::posix
