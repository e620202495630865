#include <cstring>

#include "sealpost/wire/http.hpp"

namespace sealpost {
namespace {

constexpr char scheme[] = "http://";
constexpr std::uint16_t default_port = 80;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_alphanumeric(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_of_name(char c) { return is_alphanumeric(c) || c == '-' || c == '.' || c == '_'; }
bool is_of_ipv6(char c) { return is_hex(c) || c == ':' || c == '.'; }

/// Copies characters for as long as they are of the kind; gives how many, 0 when they don't fit.
std::size_t copy_host(const char* from, bool (*is_of_kind)(char), server_address& address) {
  std::size_t size = 0;
  while (is_of_kind(from[size])) {
    if (size + 1 == address.host.size()) return 0;
    address.host[size] = from[size];
    size += 1;
  }
  return size;
}

/// 1 to 65535 in decimal, to the end of `from` but for a `/`.
bool read_port(const char* from, std::uint16_t& port) {
  std::uint32_t value = 0;
  for (; is_digit(*from); ++from) {
    value = value * 10 + static_cast<std::uint32_t>(*from - '0');
    if (value == 0 || value > 0xffff) return false;
  }
  port = static_cast<std::uint16_t>(value);
  return value != 0 && (*from == 0 || std::strcmp(from, "/") == 0);
}

}  // namespace

status parse_server_url(const char* url, server_address& address) {
  if (std::strncmp(url, scheme, sizeof(scheme) - 1) != 0) return status::malformed;
  const char* rest = url + sizeof(scheme) - 1;
  server_address found;
  if (*rest == '[') {
    const std::size_t size = copy_host(rest + 1, is_of_ipv6, found);
    if (size == 0 || std::strchr(found.host.data(), ':') == nullptr || rest[1 + size] != ']') return status::malformed;
    rest += size + 2;
  } else {
    if (!is_alphanumeric(*rest)) return status::malformed;
    const std::size_t size = copy_host(rest, is_of_name, found);
    if (size == 0) return status::malformed;
    rest += size;
  }
  if (*rest == 0 || std::strcmp(rest, "/") == 0) {
    found.port = default_port;
  } else if (*rest != ':' || !read_port(rest + 1, found.port)) {
    return status::malformed;
  }
  address = found;
  return status::ok;
}

}  // namespace sealpost
