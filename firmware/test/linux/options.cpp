#include "linux/options.hpp"

#include <doctest/doctest.h>

#include <sstream>

namespace sealpost::test {
namespace {

const std::string needed = "--server http://192.168.1.10:8080 --device greenhouse --key-file k --flash f";

struct parsed {
  bool ok = false;
  posix::options given;
  std::string problem;
};

parsed parse(const std::string& line) {
  std::vector<std::string> words{"virtual-esp32"};
  std::istringstream text(line);
  for (std::string word; text >> word;) words.push_back(word);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  parsed result;
  result.ok = posix::parse_options(static_cast<int>(words.size()), arguments.data(), result.given, result.problem);
  return result;
}

}  // namespace

TEST_CASE("what is needed is enough") {
  const auto [ok, given, problem] = parse(needed);
  REQUIRE(ok);
  CHECK(std::string(given.server.host.data()) == "192.168.1.10");
  CHECK(given.server.port == 8080);
  CHECK(given.device_id == "greenhouse");
  CHECK(given.key_file == "k");
  CHECK(given.flash_file == "f");
  CHECK_FALSE(given.sample_interval.has_value());
  CHECK_FALSE(given.readings.has_value());
  CHECK_FALSE(given.power_cut_after_bytes.has_value());
  CHECK(given.flash_size == 1'310'720);
  CHECK(given.has_ntp);
  CHECK_FALSE(given.quiet);
}

TEST_CASE("every option is taken") {
  const auto [ok, given, problem] = parse(
      needed +
      " --sample-interval 0.25 --readings 12 --quiet --seed 7 --flash-size 65536 --clock-drift -40.5 --ntp-error -3.5"
      " --no-ntp --sensor-fault bmp280:frozen@60-120.5 --sensor-fault sht4x:out-of-range --link-loss 1-2"
      " --link-loss 30-40 --offline-for 86400 --power-cut 5000");
  REQUIRE(ok);
  CHECK(given.sample_interval == second / 4);
  CHECK(given.readings == 12);
  CHECK(given.quiet);
  CHECK(given.seed == 7);
  CHECK(given.flash_size == 65'536);
  CHECK(given.clock_drift_ppm == -40.5);
  CHECK(given.ntp_error == -3500 * millisecond);
  CHECK_FALSE(given.has_ntp);
  REQUIRE(given.sensor_faults.size() == 2);
  CHECK(given.sensor_faults[0].sensor == posix::board_sensor::bmp280);
  CHECK(given.sensor_faults[0].kind == posix::fault_kind::frozen);
  CHECK(given.sensor_faults[0].when.from == minute);
  CHECK(given.sensor_faults[0].when.to == 120 * second + second / 2);
  CHECK(given.sensor_faults[1].sensor == posix::board_sensor::sht4x);
  CHECK(given.sensor_faults[1].kind == posix::fault_kind::out_of_range);
  CHECK(given.sensor_faults[1].when.contains(0));
  CHECK(given.sensor_faults[1].when.contains(day));
  REQUIRE(given.link_losses.size() == 2);
  CHECK(given.link_losses[1].from == 30 * second);
  CHECK(given.link_losses[1].to == 40 * second);
  CHECK(given.offline_for == day);
  CHECK(given.power_cut_after_bytes == 5000);
}

TEST_CASE("what is wrong is said in one sentence with what to do") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "--server is missing: give it an address such as http://192.168.1.10:8080 (see --help)"},
      {"--server http://a",
       "--device is missing: give it 1 to 32 characters: a lower-case letter, then lower-case letters, "
       "digits and hyphens (see --help)"},
      {"--server http://a --device d", "--key-file is missing: give it a file (see --help)"},
      {"--server http://a --device d --key-file k", "--flash is missing: give it a file (see --help)"},
      {"--server", "--server takes an address such as http://192.168.1.10:8080 (see --help)"},
      {"--server https://a", "--server takes an address such as http://192.168.1.10:8080 (see --help)"},
      {"--device Greenhouse",
       "--device takes 1 to 32 characters: a lower-case letter, then lower-case letters, digits "
       "and hyphens (see --help)"},
      {"--sample-interval 0", "--sample-interval takes 0.01 to 86400 seconds (see --help)"},
      {"--sample-interval 1e3", "--sample-interval takes 0.01 to 86400 seconds (see --help)"},
      {"--sample-interval 1.2.3", "--sample-interval takes 0.01 to 86400 seconds (see --help)"},
      {"--readings -1", "--readings takes 1 or more (see --help)"},
      {"--readings 0", "--readings takes 1 or more (see --help)"},
      {"--seed 4294967296", "--seed takes 0 to 4294967295 (see --help)"},
      {"--flash-size 16385", "--flash-size takes 16384 to 1073741824 bytes, whole sectors of 4096 (see --help)"},
      {"--flash-size 12288", "--flash-size takes 16384 to 1073741824 bytes, whole sectors of 4096 (see --help)"},
      {"--clock-drift 10001", "--clock-drift takes -10000 to 10000 (see --help)"},
      {"--sensor-fault bme280:absent",
       "--sensor-fault takes something like sht4x:absent or bmp280:frozen@60-120 (see --help)"},
      {"--sensor-fault bmp280:gone",
       "--sensor-fault takes something like sht4x:absent or bmp280:frozen@60-120 (see --help)"},
      {"--sensor-fault bmp280:absent@60",
       "--sensor-fault takes something like sht4x:absent or bmp280:frozen@60-120 (see --help)"},
      {"--sensor-fault bmp280",
       "--sensor-fault takes something like sht4x:absent or bmp280:frozen@60-120 (see --help)"},
      {"--link-loss 2-2", "--link-loss takes seconds such as 60-120 (see --help)"},
      {"--no-ntp=1", "--no-ntp takes no value (see --help)"},
      {"--speed 3", "there is no option --speed (see --help)"},
      {"-x", "there is no option -x (see --help)"},
      {needed + " greenhouse", "greenhouse belongs to no option (see --help)"},
  };
  for (const auto& each : cases) {
    CAPTURE(each.first);
    const parsed result = parse(each.first);
    CHECK_FALSE(result.ok);
    CHECK(result.problem == each.second);
  }
}

TEST_CASE("the help is there whatever else is said, and knows every option") {
  CHECK(parse("--help").given.wants_help);
  CHECK(parse("--help --speed").ok);
  const std::string help = posix::help_text();
  for (const char* const option : {"--server URL", "--device ID", "--key-file FILE", "--flash FILE",
                                   "--sample-interval SECONDS", "--readings N", "--power-cut BYTES", "--help"}) {
    CHECK(help.find(option) != std::string::npos);
  }
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 120);
}

}  // namespace sealpost::test
