#pragma once

#include <string>

#include "sealpost/bytes.hpp"

namespace sealpost::test {

inline bytes bytes_in(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string text_of(bytes data) { return {data.begin(), data.end()}; }

inline const std::string ok_head = "HTTP/1.1 200 OK\r\nContent-Type: application/proto\r\n";

/// A success as a server sends it.
inline std::string success(const std::string& body) {
  return ok_head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace sealpost::test
