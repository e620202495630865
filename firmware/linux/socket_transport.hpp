#pragma once

#include <chrono>

#include "linux/name_lookup.hpp"
#include "linux/stop_event.hpp"
#include "sealpost/platform.hpp"

namespace sealpost::posix {

/// One TCP connection. Whatever waits ends at once, as unreachable, when the board is switched off.
class socket_transport final : public transport {
 public:
  explicit socket_transport(const stop_event& stop) : stop_(stop) {}
  ~socket_transport() { socket_transport::close(); }
  socket_transport(const socket_transport&) = delete;
  socket_transport& operator=(const socket_transport&) = delete;

  status connect(const char* host, std::uint16_t port, micros timeout) override;
  [[nodiscard]] bool connected() override;
  status send(bytes data, micros timeout) override;
  status receive(mutable_bytes into, std::size_t& received, micros timeout) override;
  void close() override;

 private:
  using deadline = std::chrono::steady_clock::time_point;

  status connect_to(const socket_address& address, deadline end);
  /// Until the socket is ready for `events` of poll().
  status wait_for(short events, deadline end);
  /// Closes, and says so.
  status broken();

  const stop_event& stop_;
  int socket_ = -1;
};

}  // namespace sealpost::posix
