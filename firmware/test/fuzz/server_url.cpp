// The server's address, as somebody typed it.
#include <cstring>
#include <string>

#include "fuzz.hpp"
#include "sealpost/wire/http.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sealpost;
  const std::string url(reinterpret_cast<const char*>(data), size);
  server_address address;
  if (parse_server_url(url.c_str(), address) != status::ok) return 0;
  const std::string host = address.host.data();
  fuzz::expect(address.port != 0 && !host.empty(), "an address has a host and a port");
  for (const char character : host) {
    const auto byte = static_cast<std::uint8_t>(character);
    fuzz::expect(byte > ' ' && byte < 0x7f && std::strchr("/@?#\"<>\\[]", character) == nullptr,
                 "a host can stand in a request's head");
  }
  const bool is_ipv6 = host.find(':') != std::string::npos;
  const std::string again = "http://" + (is_ipv6 ? '[' + host + ']' : host) + ':' + std::to_string(address.port);
  server_address same;
  fuzz::expect(
      parse_server_url(again.c_str(), same) == status::ok && same.host == address.host && same.port == address.port,
      "what was read reads the same again");
  return 0;
}
