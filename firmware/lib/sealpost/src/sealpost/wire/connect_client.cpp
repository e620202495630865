#include "sealpost/wire/connect_client.hpp"

#include <cinttypes>
#include <cstdio>
#include <cstring>

namespace sealpost {
namespace {

constexpr std::uint16_t ok_code = 200;
constexpr std::uint16_t unauthorized_code = 401;

/// As much of an answer as is read at a time.
constexpr std::size_t piece_bytes = 256;

}  // namespace

void connect_client::set_server(const server_address& address) {
  close();
  server_ = address;
}

status connect_client::call(const char* rpc, mutable_bytes buffer, std::size_t size, micros timeout,
                            call_outcome& outcome) {
  outcome = {};
  const micros deadline = clock_.uptime() + timeout;
  bytes request;
  if (const status written = write_head(rpc, buffer, size, request); written != status::ok) return written;
  const bool kept = has_quiet_connection();
  http_response_parser answer(response_);
  const status ended = exchange(request, kept, deadline, answer, outcome);
  const bool is_answer = ended == status::ok && (answer.code() != ok_code || answer.is_proto());
  if (!is_answer || !answer.keeps_alive()) close();
  if (ended == status::timed_out || ended == status::unreachable) return ended;
  if (!is_answer) return status::refused;
  if (answer.code() == ok_code) {
    outcome.body = answer.body();
    return status::ok;
  }
  outcome.retry_after = answer.retry_after();
  // The JSON of an error is not read: in Connect's table of codes and HTTP statuses 401 stands for unauthenticated, and
  // for that alone, in both directions. No other code tells a device to do anything but wait, and a redirect is none.
  return answer.code() == unauthorized_code ? status::unauthenticated : status::refused;
}

/// Writes the head right in front of the body.
status connect_client::write_head(const char* rpc, mutable_bytes buffer, std::size_t size, bytes& request) const {
  if (buffer.size() < most_head_bytes || size > buffer.size() - most_head_bytes) return status::no_room;
  const bool is_ipv6 = std::strchr(server_.host.data(), ':') != nullptr;
  // What HTTP and Connect ask for and nothing else. Without Accept-Encoding the server compresses nothing, and what is
  // compressed all the same is refused.
  char* head = reinterpret_cast<char*>(buffer.data());
  const int written = std::snprintf(head, most_head_bytes,
                                    "POST /sealpost.v1.DeviceService/%s HTTP/1.1\r\n"
                                    "Host: %s%s%s:%" PRIu16
                                    "\r\n"
                                    "Content-Type: application/proto\r\n"
                                    "Connect-Protocol-Version: 1\r\n"
                                    "Content-Length: %" PRIu32 "\r\n\r\n",
                                    rpc, is_ipv6 ? "[" : "", server_.host.data(), is_ipv6 ? "]" : "", server_.port,
                                    static_cast<std::uint32_t>(size));
  if (written < 0 || static_cast<std::size_t>(written) >= most_head_bytes) return status::no_room;
  const std::size_t begin = most_head_bytes - static_cast<std::size_t>(written);
  std::memmove(buffer.data() + begin, buffer.data(), static_cast<std::size_t>(written));
  request = bytes(buffer).from(begin).first(most_head_bytes - begin + size);
  return status::ok;
}

/// Whether there is a connection on which nothing waits: what comes before a request answers none (RFC 9112, section
/// 9.2), and is mostly the end of an idle connection.
bool connect_client::has_quiet_connection() {
  if (!network_.connected()) return false;
  std::array<std::uint8_t, 1> unasked{};
  std::size_t received = 0;
  return network_.receive(unasked, received, 0) == status::timed_out;
}

status connect_client::exchange(bytes request, bool kept, micros deadline, http_response_parser& answer,
                                call_outcome& outcome) {
  status ended = status::ok;
  if (!kept) ended = network_.connect(server_.host.data(), server_.port, deadline - clock_.uptime());
  if (ended != status::ok) return ended == status::timed_out ? ended : status::unreachable;
  bool begun = false;
  const micros left = deadline - clock_.uptime();
  ended = left > 0 ? network_.send(request, left) : status::timed_out;
  if (ended == status::ok) ended = receive(answer, deadline, begun);
  outcome.was_stale = kept && !begun && ended == status::unreachable;
  return ended;
}

status connect_client::receive(http_response_parser& answer, micros deadline, bool& begun) {
  std::array<std::uint8_t, piece_bytes> piece{};
  while (!answer.complete()) {
    const micros left = deadline - clock_.uptime();
    if (left <= 0) return status::timed_out;
    std::size_t received = 0;
    const status arrived = network_.receive(piece, received, left);
    if (arrived == status::unreachable) return answer.finish();
    if (arrived != status::ok) return arrived;
    begun = true;
    const status taken = answer.take(bytes(piece).first(received));
    if (taken != status::ok) return taken;
  }
  return status::ok;
}

}  // namespace sealpost
