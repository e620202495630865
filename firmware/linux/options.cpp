#include "linux/options.hpp"

#include <getopt.h>

#include <algorithm>
#include <array>

#include "linux/option_values.hpp"

namespace sealpost::posix {
namespace {

constexpr double year_seconds = 31'536'000;
constexpr std::uint64_t most_count = 1'000'000'000'000;

/// One option: its line in the help, and how its value is taken.
struct option_rule {
  const char* heading;
  const char* name;
  /// Null when it has no value.
  const char* value;
  const char* meaning;
  const char* expected;
  bool (*take)(const std::string& text, options& into);
};

template <std::string options::* Path>
bool take_path(const std::string& text, options& into) {
  into.*Path = text;
  return !text.empty();
}

template <std::optional<std::uint64_t> options::* Count>
bool take_count(const std::string& text, options& into) {
  return parse_count(text, 1, most_count, (into.*Count).emplace());
}

template <bool options::* Flag, bool Value = true>
bool take_flag(const std::string&, options& into) {
  into.*Flag = Value;
  return true;
}

bool take_server(const std::string& text, options& into) {
  return parse_server_url(text.c_str(), into.server) == status::ok;
}

bool take_device_id(const std::string& text, options& into) { return parse_device_id(text, into.device_id); }

bool take_sample_interval(const std::string& text, options& into) {
  return parse_seconds(text, 0.01, 86'400, into.sample_interval.emplace());
}

bool take_seed(const std::string& text, options& into) {
  std::uint64_t seed = 0;
  if (!parse_count(text, 0, 0xffff'ffff, seed)) return false;
  into.seed = static_cast<std::uint32_t>(seed);
  return true;
}

bool take_flash_size(const std::string& text, options& into) {
  std::uint64_t size = 0;
  if (!parse_count(text, 4UL * flash::sector_size, 1UL << 30U, size) || size % flash::sector_size != 0) return false;
  into.flash_size = static_cast<std::uint32_t>(size);
  return true;
}

bool take_clock_drift(const std::string& text, options& into) {
  return parse_number(text, -10'000, 10'000, into.clock_drift_ppm);
}

bool take_ntp_error(const std::string& text, options& into) {
  return parse_seconds(text, -year_seconds, year_seconds, into.ntp_error);
}

bool take_sensor_fault(const std::string& text, options& into) {
  return parse_sensor_fault(text, into.sensor_faults.emplace_back());
}

bool take_link_loss(const std::string& text, options& into) {
  return parse_span(text, into.link_losses.emplace_back());
}

bool take_offline_for(const std::string& text, options& into) {
  return parse_seconds(text, 0, year_seconds, into.offline_for);
}

constexpr std::array rules{
    option_rule{"What it needs:", "server", "URL", "the server", "an address such as http://192.168.1.10:8080",
                take_server},
    option_rule{nullptr, "device", "ID", "the id that it is registered under",
                "1 to 32 characters: a lower-case letter, then lower-case letters, digits and hyphens", take_device_id},
    option_rule{nullptr, "key-file", "FILE", "its key in base64, in a file that only you can reach", "a file",
                take_path<&options::key_file>},
    option_rule{nullptr, "flash", "FILE", "its flash; what is in FILE.settings is its other memory", "a file",
                take_path<&options::flash_file>},
    option_rule{"What it does:", "sample-interval", "SECONDS", "between two readings, whatever the server asks for",
                "0.01 to 86400 seconds", take_sample_interval},
    option_rule{nullptr, "readings", "N", "end with status 0 after so many receipted readings", "1 or more",
                take_count<&options::readings>},
    option_rule{nullptr, "quiet", nullptr, "print only warnings and errors", "", take_flag<&options::quiet>},
    option_rule{"Its world:", "seed", "N", "the same one gives the same air and the same sensors", "0 to 4294967295",
                take_seed},
    option_rule{nullptr, "flash-size", "BYTES", "1310720 unless said",
                "16384 to 1073741824 bytes, whole sectors of 4096", take_flash_size},
    option_rule{nullptr, "clock-drift", "PPM", "how much its crystal is too fast", "-10000 to 10000", take_clock_drift},
    option_rule{nullptr, "ntp-error", "SECONDS", "how far NTP is ahead of the truth", "a number of seconds",
                take_ntp_error},
    option_rule{nullptr, "no-ntp", nullptr, "NTP never answers", "", take_flag<&options::has_ntp, false>},
    option_rule{"Its faults, with times in seconds since it was switched on:", "sensor-fault", "NAME:KIND[@FROM-TO]",
                "bmp280, mpu6050 or sht4x is absent, failing, frozen or out-of-range; repeatable",
                "something like sht4x:absent or bmp280:frozen@60-120", take_sensor_fault},
    option_rule{nullptr, "link-loss", "FROM-TO", "no network; repeatable", "seconds such as 60-120", take_link_loss},
    option_rule{nullptr, "offline-for", "SECONDS", "begin as if it had been up so long without a network",
                "0 to 31536000 seconds", take_offline_for},
    option_rule{nullptr, "power-cut", "BYTES", "end with status 3 in the middle of a write, after so many bytes",
                "1 or more", take_count<&options::power_cut_after_bytes>},
    option_rule{nullptr, "help", nullptr, "print this", "", take_flag<&options::wants_help>},
};

constexpr int first_rule = 256;

std::array<option, rules.size() + 1> getopt_table() {
  std::array<option, rules.size() + 1> table{};
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const int argument = rules[i].value == nullptr ? no_argument : required_argument;
    table[i] = {rules[i].name, argument, nullptr, first_rule + static_cast<int>(i)};
  }
  return table;
}

std::string expectation_of(const option_rule& rule) {
  return std::string("--") + rule.name + " takes " + rule.expected + " (see --help)";
}

/// What a device can't be without.
std::string missing_in(const options& given) {
  const auto ask_for = [](const std::string& name) {
    const auto* rule =
        std::find_if(rules.begin(), rules.end(), [&](const option_rule& each) { return each.name == name; });
    return "--" + name + " is missing: give it " + rule->expected + " (see --help)";
  };
  if (given.server.port == 0) return ask_for("server");
  if (given.device_id.empty()) return ask_for("device");
  if (given.key_file.empty()) return ask_for("key-file");
  if (given.flash_file.empty()) return ask_for("flash");
  return "";
}

}  // namespace

bool parse_options(int count, char** arguments, options& into, std::string& problem) {
  const auto table = getopt_table();
  opterr = 0;
  optind = 0;
  while (problem.empty() && !into.wants_help) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the command line is read before there are threads.
    const int found = getopt_long(count, arguments, ":", table.data(), nullptr);
    if (found == -1) break;
    if (found == ':' || (found == '?' && optopt >= first_rule)) {
      const option_rule& rule = rules.at(static_cast<std::size_t>(optopt - first_rule));
      problem = found == ':' ? expectation_of(rule) : std::string("--") + rule.name + " takes no value (see --help)";
    } else if (found == '?') {
      problem = std::string("there is no option ") + arguments[optind - 1] + " (see --help)";
    } else {
      const option_rule& rule = rules.at(static_cast<std::size_t>(found - first_rule));
      if (!rule.take(optarg == nullptr ? "" : optarg, into)) problem = expectation_of(rule);
    }
  }
  if (into.wants_help) problem.clear();
  if (into.wants_help || !problem.empty()) return problem.empty();
  problem = optind < count ? std::string(arguments[optind]) + " belongs to no option (see --help)" : missing_in(into);
  return problem.empty();
}

std::string help_text() {
  std::string text =
      "Usage: virtual-esp32 --server URL --device ID --key-file FILE --flash FILE [options]\n"
      "An ESP32 with its sensors, on this machine: the firmware's core against a real server.\n";
  for (const option_rule& rule : rules) {
    if (rule.heading != nullptr) text += std::string("\n") + rule.heading + "\n";
    std::string usage = std::string("  --") + rule.name + (rule.value == nullptr ? "" : std::string(" ") + rule.value);
    usage.resize(std::max<std::size_t>(usage.size() + 2, 28), ' ');
    text += usage + rule.meaning + "\n";
  }
  return text +
         "\nCtrl-C ends it; SIGUSR1 makes it print its status.\n"
         "It ends with 0, with 1 for failure, 2 for wrong options and 3 for a power cut.\n";
}

}  // namespace sealpost::posix
