#pragma once

#include <sys/socket.h>

#include <vector>

#include "sealpost/platform.hpp"

namespace sealpost::posix {

struct socket_address {
  sockaddr_storage storage;
  socklen_t size;
};

/// The addresses of a name, or of an address in writing: none when the resolver knows none or takes longer.
[[nodiscard]] std::vector<socket_address> look_up(const char* host, std::uint16_t port, micros timeout);

}  // namespace sealpost::posix
