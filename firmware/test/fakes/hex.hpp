#pragma once

#include <cctype>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "sealpost/bytes.hpp"

namespace sealpost::test {

inline std::string to_hex(bytes data) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : data) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

/// Bytes of a hexadecimal string; white space may group it.
inline std::vector<std::uint8_t> hex(std::string_view text) {
  std::string digits;
  for (const char character : text) {
    if (std::isspace(static_cast<unsigned char>(character)) == 0) digits += character;
  }
  if (digits.size() % 2 != 0) throw std::invalid_argument("half a byte of hex");
  std::vector<std::uint8_t> data;
  for (std::size_t at = 0; at < digits.size(); at += 2) {
    std::size_t read = 0;
    data.push_back(static_cast<std::uint8_t>(std::stoul(digits.substr(at, 2), &read, 16)));
    if (read != 2) throw std::invalid_argument("not hex");
  }
  return data;
}

/// The same for arrays, such as keys: exactly as many bytes.
template <class Array>
Array hex_array(std::string_view text) {
  const std::vector<std::uint8_t> data = hex(text);
  Array array{};
  if (data.size() != array.size()) throw std::invalid_argument("hex of another size");
  for (std::size_t at = 0; at < array.size(); ++at) array[at] = data[at];
  return array;
}

inline key256 hex_key(std::string_view text) { return hex_array<key256>(text); }

inline bytes view(const std::vector<std::uint8_t>& data) { return {data.data(), data.size()}; }
inline mutable_bytes view(std::vector<std::uint8_t>& data) { return {data.data(), data.size()}; }

}  // namespace sealpost::test
