#include "linux/name_lookup.hpp"

#include <netdb.h>

#include <chrono>
#include <cstring>
#include <future>
#include <string>
#include <thread>

namespace sealpost::posix {
namespace {

std::vector<socket_address> ask_resolver(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return {};
  std::vector<socket_address> addresses;
  for (const addrinfo* info = found; info != nullptr; info = info->ai_next) {
    socket_address address{};
    std::memcpy(&address.storage, info->ai_addr, info->ai_addrlen);
    address.size = info->ai_addrlen;
    addresses.push_back(address);
  }
  freeaddrinfo(found);
  return addresses;
}

}  // namespace

std::vector<socket_address> look_up(const char* host, std::uint16_t port, micros timeout) {
  // The resolver's own patience is not to be bounded for one call, so it waits in a thread that nobody waits for.
  std::packaged_task<std::vector<socket_address>()> task(
      [host = std::string(host), port = std::to_string(port)] { return ask_resolver(host, port); });
  std::future<std::vector<socket_address>> addresses = task.get_future();
  std::thread(std::move(task)).detach();
  if (addresses.wait_for(std::chrono::microseconds(timeout)) != std::future_status::ready) return {};
  return addresses.get();
}

}  // namespace sealpost::posix
