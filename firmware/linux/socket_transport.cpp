#include "linux/socket_transport.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace sealpost::posix {

using std::chrono::microseconds;
using std::chrono::steady_clock;

status socket_transport::connect(const char* host, std::uint16_t port, micros timeout) {
  close();
  const deadline end = steady_clock::now() + microseconds(timeout);
  const std::vector<socket_address> addresses = look_up(host, port, timeout);
  status ended = status::unreachable;
  for (std::size_t i = 0; i < addresses.size() && !connected(); ++i) {
    // One that swallows everything must leave time for those after it.
    const auto left = std::max(end - steady_clock::now(), steady_clock::duration::zero());
    ended = connect_to(addresses[i], steady_clock::now() + left / (addresses.size() - i));
  }
  return ended;
}

status socket_transport::connect_to(const socket_address& address, deadline end) {
  const auto* generic = reinterpret_cast<const sockaddr*>(&address.storage);
  socket_ = socket(generic->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return status::unreachable;
  if (::connect(socket_, generic, address.size) != 0) {
    if (errno != EINPROGRESS) return broken();
    if (const status ready = wait_for(POLLOUT, end); ready != status::ok) {
      close();
      return ready;
    }
  }
  int error = 0;
  socklen_t size = sizeof(error);
  const int on = 1;
  if (getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) return broken();
  // A request leaves in one piece and waits for nothing.
  if (setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0) return broken();
  return status::ok;
}

bool socket_transport::connected() {
  if (socket_ < 0) return false;
  std::uint8_t next = 0;
  const ssize_t peeked = recv(socket_, &next, 1, MSG_PEEK | MSG_DONTWAIT);
  if (peeked > 0 || (peeked < 0 && (errno == EAGAIN || errno == EINTR))) return true;
  close();
  return false;
}

status socket_transport::send(bytes data, micros timeout) {
  const deadline end = steady_clock::now() + microseconds(timeout);
  while (!data.empty()) {
    if (const status ready = wait_for(POLLOUT, end); ready != status::ok) return ready;
    const ssize_t sent = ::send(socket_, data.data(), data.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (sent <= 0) return broken();
    data = data.from(static_cast<std::size_t>(sent));
  }
  return status::ok;
}

status socket_transport::receive(mutable_bytes into, std::size_t& received, micros timeout) {
  const deadline end = steady_clock::now() + microseconds(timeout);
  while (true) {
    if (const status ready = wait_for(POLLIN, end); ready != status::ok) return ready;
    const ssize_t taken = recv(socket_, into.data(), into.size(), MSG_DONTWAIT);
    if (taken < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (taken <= 0) return broken();
    received = static_cast<std::size_t>(taken);
    return status::ok;
  }
}

void socket_transport::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

status socket_transport::wait_for(short events, deadline end) {
  if (socket_ < 0) return status::unreachable;
  while (true) {
    const auto left = std::max(end - steady_clock::now(), steady_clock::duration::zero());
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    std::array<pollfd, 2> awaited{pollfd{socket_, events, 0}, pollfd{stop_.descriptor(), POLLIN, 0}};
    const int ready = poll(awaited.data(), awaited.size(), static_cast<int>(std::min<long>(milliseconds, 60'000)));
    if (ready < 0 && errno != EINTR) return broken();
    if (awaited[1].revents != 0) return broken();
    if (awaited[0].revents != 0) return status::ok;
    if (steady_clock::now() >= end) return status::timed_out;
  }
}

status socket_transport::broken() {
  close();
  return status::unreachable;
}

}  // namespace sealpost::posix
