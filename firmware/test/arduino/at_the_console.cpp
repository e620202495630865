#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string_view>

#include "arduino/greenhouse.hpp"

namespace sealpost::test {
namespace {

TEST_CASE("a new board becomes a device on its console, and shows no secret") {
  greenhouse board;
  board.nvs.clear();
  board.power_on();
  std::string lines = printed_by(board, 15 * second);
  CHECK(has(lines, "missing: device id"));
  CHECK(board.tasks.find("shake_hands") == nullptr);
  board.type("set device greenhouse\r");
  board.type("set key\r");
  board.type(std::string(key_base64) + "\r");
  board.type("set server http://192.168.1.10:8080\r");
  board.type("set wifi \"Glass House\"\r");
  board.type("tomatoes and cress\r");
  lines = board.printed();
  CHECK(!has(lines, key_base64));
  CHECK(!has(lines, "tomatoes"));

  board.cut_power();
  board.power_on();
  board.run_for(25 * second);
  CHECK(board.stored() == 3);
  board.type("status\r");
  lines = board.printed();
  CHECK(has(lines, "device    greenhouse, key set\r\n"));
  CHECK(has(lines, "Wi-Fi     Glass House, -55 dBm\r\n"));
  CHECK(has(lines, "sensors   BMP280 working, MPU6050 working, SHT4x working\r\n"));
  CHECK(!has(lines, key_base64));
  CHECK(!has(lines, "tomatoes"));
}

TEST_CASE("the hardware document shows what a new board prints, and what it prints after the next start") {
  std::ifstream file(std::filesystem::path(__FILE__).parent_path() / "../../../docs/hardware.md");
  std::string document(std::istreambuf_iterator<char>(file), {});
  document.erase(0, document.find("## What the console shows"));
  const auto next_block = [&document] {
    constexpr std::string_view fence = "```console\n";
    document.erase(0, document.find(fence) + fence.size());
    return document.substr(0, document.find("\n```"));
  };
  greenhouse board;
  board.nvs.clear();
  const auto shown = [&board] {
    std::string lines = board.printed();
    lines.erase(std::remove(lines.begin(), lines.end(), '\r'), lines.end());
    return lines.substr(0, lines.rfind("\n> "));
  };
  board.power_on();
  board.run_for(3 * second);
  for (const char* line : {"set device greenhouse", "set key", key_base64, "set server http://192.168.1.10:8080",
                           "set wifi \"Glass House\"", "tomatoes and cress", "set zone CET-1CEST,M3.5.0,M10.5.0/3"}) {
    board.type(std::string(line) + "\r");
  }
  CHECK(shown() == next_block());

  board.cut_power();
  board.power_on();
  board.run_for(4 * second);
  board.type("status\r");
  CHECK(shown() == next_block());
}

TEST_CASE("the selftest answers with one line of JSON") {
  greenhouse board;
  board.power_on();
  board.run_for(15 * second);
  (void)board.printed();
  board.type("selftest\r");
  const std::string lines = board.printed();
  const std::regex expected(
      R"(\{"selftest":"passed","vectors":\d+,"failed":0,"milliseconds":\d+,"slowest":"[^"]*","slowest_milliseconds":\d+,)"
      R"("hardware":"esp32s2","firmware":"0\.0\.0","arduino":"\d+\.\d+\.\d+","free_heap":150000,"least_free_heap":140000,)"
      R"("stack_left":\{"loop":6144,"update_sensor_data":4096,"print_local_time":4096,"update_with_NTP":4096,"shake_hands":6144\}\}\r\n)");
  CHECK(std::regex_search(lines, expected));
}

}  // namespace
}  // namespace sealpost::test
