#pragma once

#include <ESPmDNS.h>
#include <WiFi.h>
#include <esp_timer.h>
#include <lwip/netdb.h>
#include <lwip/sockets.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "sealpost/platform.hpp"

/// The Wi-Fi, names, TCP and UDP.
namespace sealpost::esp32 {

/// The Wi-Fi, which comes back by itself.
class wifi_station {
 public:
  /// Switches the radio on, which random numbers need, and joins the network, if there is a name for one. What the
  /// board is called stands in the router's list and in `.local`.
  static void begin(const char* name, const char* ssid, const char* password) {
    WiFi.persistent(false);
    WiFi.setHostname(name);
    WiFi.mode(WIFI_STA);
    WiFi.setAutoReconnect(true);
    MDNS.begin(name);
    if (ssid[0] != '\0') WiFi.begin(ssid, password);
  }

  /// Call it often. Arduino reconnects, but not after an access point has refused the password, as some do while they
  /// start: so it is asked again each half minute.
  void keep(micros now, log_sink& log) {
    const bool is_connected = WiFi.isConnected();
    if (is_connected != was_connected_) {
      log.line(log_level::info, is_connected ? "Wi-Fi: connected" : "Wi-Fi: lost");
      tried_at_ = now;
    }
    was_connected_ = is_connected;
    if (is_connected || now - tried_at_ < 30 * second) return;
    tried_at_ = now;
    WiFi.reconnect();
  }

 private:
  bool was_connected_ = false;
  micros tried_at_ = 0;
};

/// The IPv4 address of a name, of a name in `.local` by multicast DNS (RFC 6762), or of an address in writing; false
/// when nobody knows it. The resolvers' own patience bounds the wait: 2 s for `.local`, about 15 s else.
[[nodiscard]] inline bool look_up(const char* host, in_addr& address) {
  const char* dot = std::strrchr(host, '.');
  std::array<char, 64> name{};
  if (dot != nullptr && std::strcmp(dot, ".local") == 0 && dot < host + name.size()) {
    std::memcpy(name.data(), host, static_cast<std::size_t>(dot - host));
    address.s_addr = static_cast<std::uint32_t>(MDNS.queryHost(name.data(), 2000));
    return address.s_addr != 0;
  }
  // Not by Arduino's hostByName, which in 2.0.17 has one task wait for another's question and in 3 may find IPv6 alone.
  addrinfo wanted{};
  wanted.ai_family = AF_INET;
  addrinfo* found = nullptr;
  if (lwip_getaddrinfo(host, nullptr, &wanted, &found) != 0) return false;
  address = reinterpret_cast<const sockaddr_in*>(found->ai_addr)->sin_addr;
  lwip_freeaddrinfo(found);
  return true;
}

/// A connection, SOCK_STREAM, or datagrams to and from one place, SOCK_DGRAM. No socket blocks: select waits.
class lwip_transport final : public transport {
 public:
  explicit lwip_transport(int type) : type_(type) {}

  status connect(const char* host, std::uint16_t port, micros timeout) override {
    close();
    const micros end = esp_timer_get_time() + timeout;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = lwip_htons(port);
    if (!look_up(host, address.sin_addr)) return status::unreachable;
    socket_ = lwip_socket(AF_INET, type_, 0);
    if (socket_ < 0 || lwip_fcntl(socket_, F_SETFL, O_NONBLOCK) != 0) return broken();
    // A request leaves in one piece and waits for nothing.
    const int on = 1;
    const bool is_tcp = type_ == SOCK_STREAM;
    if (is_tcp && lwip_setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0) return broken();
    if (lwip_connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
      if (errno != EINPROGRESS) return broken();
      if (const status ready = wait(true, end); ready != status::ok) return ready;
    }
    int error = 0;
    socklen_t size = sizeof(error);
    if (lwip_getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) return broken();
    return status::ok;
  }

  /// Whether it has ended shows when it is read.
  [[nodiscard]] bool connected() override { return socket_ >= 0; }

  status send(bytes data, micros timeout) override {
    const micros end = esp_timer_get_time() + timeout;
    status ended = status::ok;
    for (std::size_t sent = 0; ended == status::ok && !data.empty(); data = data.from(sent)) {
      ended = move(true, end, sent, [&] { return lwip_send(socket_, data.data(), data.size(), 0); });
    }
    return ended;
  }

  status receive(mutable_bytes into, std::size_t& received, micros timeout) override {
    const micros end = esp_timer_get_time() + timeout;
    return move(false, end, received, [&] { return lwip_recv(socket_, into.data(), into.size(), 0); });
  }

  void close() override {
    if (socket_ >= 0) lwip_close(socket_);
    socket_ = -1;
  }

 private:
  /// Tries when there is a point in it, until something has moved.
  template <class Try>
  status move(bool to_write, micros end, std::size_t& moved, const Try& attempt) {
    moved = 0;
    while (true) {
      if (const status ready = wait(to_write, end); ready != status::ok) return ready;
      const auto count = attempt();
      if (count < 0 && errno == EAGAIN) continue;
      if (count <= 0) return broken();
      moved = static_cast<std::size_t>(count);
      return status::ok;
    }
  }

  /// Until it can be written or read, or that uptime.
  status wait(bool to_write, micros end) {
    if (socket_ < 0) return status::unreachable;
    const micros left = std::max<micros>(end - esp_timer_get_time(), 0);
    timeval rest{static_cast<time_t>(left / second), static_cast<suseconds_t>(left % second)};
    fd_set own;
    FD_ZERO(&own);
    FD_SET(socket_, &own);
    const int ready = lwip_select(socket_ + 1, to_write ? nullptr : &own, to_write ? &own : nullptr, nullptr, &rest);
    if (ready < 0) return broken();
    return ready == 0 ? status::timed_out : status::ok;
  }

  status broken() {
    close();
    return status::unreachable;
  }

  const int type_;
  int socket_ = -1;
};

}  // namespace sealpost::esp32
