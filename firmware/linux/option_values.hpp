#pragma once

#include <cstdint>
#include <string>

#include "linux/sensor_fault.hpp"

/// The values of options, from text. Each is false for what it does not take, and then leaves `value` alone.
namespace sealpost::posix {

[[nodiscard]] bool parse_number(const std::string& text, double least, double most, double& value);
[[nodiscard]] bool parse_count(const std::string& text, std::uint64_t least, std::uint64_t most, std::uint64_t& value);
/// Seconds, with or without decimals.
[[nodiscard]] bool parse_seconds(const std::string& text, double least, double most, micros& value);
/// `FROM-TO`, in seconds.
[[nodiscard]] bool parse_span(const std::string& text, uptime_span& value);
/// `SENSOR:KIND` or `SENSOR:KIND@FROM-TO`.
[[nodiscard]] bool parse_sensor_fault(const std::string& text, sensor_fault& value);
/// 1 to 32 characters, `[a-z][a-z0-9-]*` (docs/protocol-v1.md, section 3).
[[nodiscard]] bool parse_device_id(const std::string& text, std::string& value);

}  // namespace sealpost::posix
