#include "linux/option_values.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace sealpost::posix {
namespace {

constexpr const char* digits = "0123456789";
/// A year: far beyond what anybody waits for, and far from where microseconds end.
constexpr double longest_seconds = 31'536'000;

template <class Value>
struct named {
  const char* name;
  Value value;
};

constexpr std::array sensors{named<board_sensor>{"bmp280", board_sensor::bmp280},
                             named<board_sensor>{"mpu6050", board_sensor::mpu6050},
                             named<board_sensor>{"sht4x", board_sensor::sht4x}};
constexpr std::array kinds{
    named<fault_kind>{"absent", fault_kind::absent}, named<fault_kind>{"failing", fault_kind::failing},
    named<fault_kind>{"frozen", fault_kind::frozen}, named<fault_kind>{"out-of-range", fault_kind::out_of_range}};

template <class Names, class Value>
bool find_name(const Names& names, const std::string& text, Value& value) {
  const auto found = std::find_if(names.begin(), names.end(), [&](const auto& each) { return text == each.name; });
  if (found == names.end()) return false;
  value = found->value;
  return true;
}

}  // namespace

bool parse_number(const std::string& text, double least, double most, double& value) {
  // strtod would take spaces, hexadecimal and infinity too.
  if (text.empty() || text.size() > 20 || text.find_first_not_of("-.0123456789") != std::string::npos) return false;
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (*end != '\0' || number < least || number > most) return false;
  value = number;
  return true;
}

bool parse_count(const std::string& text, std::uint64_t least, std::uint64_t most, std::uint64_t& value) {
  if (text.empty() || text.size() > 18 || text.find_first_not_of(digits) != std::string::npos) return false;
  const std::uint64_t number = std::strtoull(text.c_str(), nullptr, 10);
  if (number < least || number > most) return false;
  value = number;
  return true;
}

bool parse_seconds(const std::string& text, double least, double most, micros& value) {
  double seconds = 0;
  if (!parse_number(text, least, most, seconds)) return false;
  value = std::llround(seconds * static_cast<double>(second));
  return true;
}

bool parse_span(const std::string& text, uptime_span& value) {
  const std::size_t hyphen = text.find('-');
  if (hyphen == std::string::npos) return false;
  uptime_span span{};
  if (!parse_seconds(text.substr(0, hyphen), 0, longest_seconds, span.from)) return false;
  if (!parse_seconds(text.substr(hyphen + 1), 0, longest_seconds, span.to)) return false;
  if (span.from >= span.to) return false;
  value = span;
  return true;
}

bool parse_sensor_fault(const std::string& text, sensor_fault& value) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const std::size_t at = std::min(text.find('@', colon), text.size());
  sensor_fault fault;
  if (colon == text.size() || !find_name(sensors, text.substr(0, colon), fault.sensor)) return false;
  if (!find_name(kinds, text.substr(colon + 1, at - colon - 1), fault.kind)) return false;
  if (at < text.size() && !parse_span(text.substr(at + 1), fault.when)) return false;
  value = fault;
  return true;
}

bool parse_device_id(const std::string& text, std::string& value) {
  if (text.empty() || text.size() > 32 || text[0] < 'a' || text[0] > 'z') return false;
  if (text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos) return false;
  value = text;
  return true;
}

}  // namespace sealpost::posix
