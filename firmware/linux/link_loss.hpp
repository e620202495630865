#pragma once

#include <vector>

#include "linux/uptime_span.hpp"
#include "sealpost/platform.hpp"

namespace sealpost::posix {

/// A transport that is cut off at certain uptimes, as without Wi-Fi.
class link_loss final : public transport {
 public:
  link_loss(transport& network, monotonic_clock& clock, std::vector<uptime_span> losses)
      : network_(network), clock_(clock), losses_(std::move(losses)) {}

  status connect(const char* host, std::uint16_t port, micros timeout) override {
    return is_lost() ? status::unreachable : network_.connect(host, port, timeout);
  }
  [[nodiscard]] bool connected() override { return !is_lost() && network_.connected(); }
  status send(bytes data, micros timeout) override {
    return is_lost() ? status::unreachable : network_.send(data, timeout);
  }
  status receive(mutable_bytes into, std::size_t& received, micros timeout) override {
    return is_lost() ? status::unreachable : network_.receive(into, received, timeout);
  }
  void close() override { network_.close(); }

  [[nodiscard]] bool is_lost();

 private:
  transport& network_;
  monotonic_clock& clock_;
  std::vector<uptime_span> losses_;
};

}  // namespace sealpost::posix
