#pragma once

#include "sealpost/wire/http.hpp"

/// Connect unary, binary form, over one kept connection: docs/protocol-v1.md, section 8, and the Connect protocol's
/// specification.
namespace sealpost {

/// Room in front of a request's body for the HTTP head, so that both leave in one segment.
constexpr std::size_t most_head_bytes = 320;
constexpr std::size_t most_response_bytes = 1024;

struct call_outcome {
  /// On success; a part of the response buffer, valid until the next call.
  mutable_bytes body;
  /// What a refusal asks to wait, 0 to 5 minutes.
  micros retry_after = 0;
  /// With unreachable: a kept connection had ended before anything of an answer came, so trying again at once is fair.
  bool was_stale = false;
};

class connect_client {
 public:
  connect_client(transport& network, monotonic_clock& clock) : network_(network), clock_(clock) {}
  void set_server(const server_address& address);

  /// Calls sealpost.v1.DeviceService/`rpc`. The body is `size` bytes at `buffer[most_head_bytes]`; what is before it is
  /// written over. `timeout` bounds everything together. Sends once: a retry has to be sealed anew. Ends with ok,
  /// unauthenticated, refused (any other error, or what is no answer), unreachable, timed_out, or no_room when the body
  /// is not in the buffer.
  status call(const char* rpc, mutable_bytes buffer, std::size_t size, micros timeout, call_outcome& outcome);
  void close() { network_.close(); }

 private:
  status write_head(const char* rpc, mutable_bytes buffer, std::size_t size, bytes& request) const;
  [[nodiscard]] bool has_quiet_connection();
  status exchange(bytes request, bool kept, micros deadline, http_response_parser& answer, call_outcome& outcome);
  status receive(http_response_parser& answer, micros deadline, bool& begun);

  transport& network_;
  monotonic_clock& clock_;
  server_address server_;
  std::array<std::uint8_t, most_response_bytes> response_{};
};

}  // namespace sealpost
