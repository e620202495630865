// lwIP's names and sockets: one TCP connection to the fake server, and datagrams to a fake NTP server.
#include <lwip/netdb.h>
#include <lwip/sockets.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

#include "arduino/fakes/esp32.hpp"

using sealpost::bytes;
using sealpost::status;
using sealpost::test::byte_string;
using sealpost::test::the_board;

namespace {

/// The addresses that names stand for in the tests.
constexpr std::uint32_t server_address = 0x0a01a8c0;

struct socket_state {
  int type = 0;
  std::uint32_t address = 0;
  bool is_non_blocking = false;
  bool has_ended = false;
  byte_string arrived;
};

std::map<int, socket_state>& sockets() {
  static std::map<int, socket_state> all;
  return all;
}

int fail(int error) {
  errno = error;
  return -1;
}

void put_ntp_time(byte_string& packet, std::size_t at, sealpost::micros time) {
  const auto seconds = static_cast<std::uint64_t>(time / sealpost::second) + 2'208'988'800ULL;
  const auto fraction = (static_cast<std::uint64_t>(time % sealpost::second) << 32) / 1'000'000;
  sealpost::store_u64(seconds << 32 | fraction, {packet.data() + at, 8});
}

/// RFC 5905, figure 8.
byte_string ntp_answer_to(const byte_string& question) {
  byte_string packet(48);
  packet[0] = 4 << 3 | 4;
  packet[1] = 2;
  std::copy_n(question.begin() + 40, 8, packet.begin() + 24);
  const sealpost::micros now = the_board().tasks.now() + *the_board().ntp_offset;
  put_ntp_time(packet, 32, now);
  put_ntp_time(packet, 40, now);
  return packet;
}

bool wait_for_tcp(socket_state& socket, sealpost::micros patience) {
  std::array<std::uint8_t, 512> piece{};
  std::size_t size = 0;
  const status ended = the_board().server.receive(piece, size, patience);
  if (ended == status::ok) socket.arrived.insert(socket.arrived.end(), piece.begin(), piece.begin() + size);
  if (ended == status::unreachable) socket.has_ended = true;
  return ended != status::timed_out;
}

}  // namespace

uint16_t lwip_htons(uint16_t x) { return htons(x); }

extern "C" {

int lwip_getaddrinfo(const char* nodename, const char*, const struct addrinfo* hints, struct addrinfo** res) {
  const auto found = the_board().names.find(nodename);
  if (hints->ai_family != AF_INET) std::abort();
  if (!the_board().is_on_network() || found == the_board().names.end()) return EAI_FAIL;
  auto* address = new sockaddr_in{};
  address->sin_family = AF_INET;
  address->sin_addr.s_addr = found->second;
  *res = new addrinfo{};
  (*res)->ai_addr = reinterpret_cast<sockaddr*>(address);
  return 0;
}

void lwip_freeaddrinfo(struct addrinfo* ai) {
  delete reinterpret_cast<sockaddr_in*>(ai->ai_addr);
  delete ai;
}

int lwip_socket(int, int type, int) {
  static int next = 48;
  next = next == 63 ? 48 : next + 1;
  sockets()[next].type = type;
  return next;
}

int lwip_close(int s) {
  if (sockets().erase(s) == 0) std::abort();
  return 0;
}

int lwip_fcntl(int s, int cmd, int val) {
  if (cmd != F_SETFL) return fail(ENOSYS);
  sockets().at(s).is_non_blocking = (val & O_NONBLOCK) != 0;
  return 0;
}

int lwip_connect(int s, const struct sockaddr* name, socklen_t) {
  socket_state& socket = sockets().at(s);
  sockaddr_in address{};
  std::memcpy(&address, name, sizeof(address));
  socket.address = address.sin_addr.s_addr;
  if (!the_board().is_on_network()) return fail(EHOSTUNREACH);
  if (socket.type == SOCK_DGRAM) return 0;
  if (!socket.is_non_blocking) std::abort();
  const bool is_there = socket.address == server_address;
  socket.has_ended = !is_there || the_board().server.connect("", 0, 0) != status::ok;
  return fail(EINPROGRESS);
}

int lwip_getsockopt(int s, int level, int optname, void* optval, socklen_t*) {
  if (level != SOL_SOCKET || optname != SO_ERROR) return fail(ENOPROTOOPT);
  const int error = sockets().at(s).has_ended ? ECONNREFUSED : 0;
  std::memcpy(optval, &error, sizeof(error));
  return 0;
}

int lwip_setsockopt(int s, int level, int optname, const void*, socklen_t) {
  const bool is_known = level == IPPROTO_TCP && optname == TCP_NODELAY && sockets().at(s).type == SOCK_STREAM;
  return is_known ? 0 : fail(ENOPROTOOPT);
}

ssize_t lwip_send(int s, const void* dataptr, size_t size, int) {
  socket_state& socket = sockets().at(s);
  if (!the_board().is_on_network()) return fail(EHOSTUNREACH);
  const auto* from = static_cast<const std::uint8_t*>(dataptr);
  if (socket.type == SOCK_DGRAM) {
    if (the_board().ntp_offset) socket.arrived = ntp_answer_to({from, from + size});
    return static_cast<ssize_t>(size);
  }
  // A piece at a time, as a full send buffer takes it.
  const size_t taken = std::min<size_t>(size, 1000);
  if (the_board().server.send({from, taken}, 0) != status::ok) return fail(ECONNRESET);
  return static_cast<ssize_t>(taken);
}

ssize_t lwip_recv(int s, void* mem, size_t len, int flags) {
  socket_state& socket = sockets().at(s);
  if (socket.arrived.empty()) {
    if (socket.type == SOCK_STREAM && !the_board().server.connected()) socket.has_ended = true;
    return socket.has_ended ? 0 : fail(EAGAIN);
  }
  const size_t size = std::min(len, socket.arrived.size());
  std::copy_n(socket.arrived.begin(), size, static_cast<std::uint8_t*>(mem));
  const bool stays = (flags & MSG_PEEK) != 0;
  if (!stays) socket.arrived.erase(socket.arrived.begin(), socket.arrived.begin() + static_cast<ssize_t>(size));
  return static_cast<ssize_t>(size);
}

int lwip_select(int maxfdp1, fd_set* readset, fd_set* writeset, fd_set*, struct timeval* timeout) {
  const int s = maxfdp1 - 1;
  socket_state& socket = sockets().at(s);
  if (writeset != nullptr) return FD_ISSET(s, writeset) ? 1 : fail(EBADF);
  if (!FD_ISSET(s, readset)) return fail(EBADF);
  if (!socket.arrived.empty() || socket.has_ended) return 1;
  const sealpost::micros patience = timeout->tv_sec * sealpost::second + timeout->tv_usec;
  if (socket.type == SOCK_STREAM && the_board().is_on_network()) return wait_for_tcp(socket, patience) ? 1 : 0;
  // Nothing comes any more, and nobody says so.
  the_board().tasks.sleep_until(the_board().tasks.now() + patience);
  return 0;
}

}  // extern "C"
