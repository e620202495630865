#pragma once

#include <vector>

#include "linux/uptime_span.hpp"
#include "sealpost/platform.hpp"

/// A board that is cut off at certain uptimes, as without Wi-Fi: from its server, and from NTP.
namespace sealpost::posix {

class link_loss {
 public:
  link_loss(monotonic_clock& clock, std::vector<uptime_span> losses) : clock_(clock), losses_(std::move(losses)) {}
  [[nodiscard]] bool is_on() const;

 private:
  monotonic_clock& clock_;
  std::vector<uptime_span> losses_;
};

class unsteady_transport final : public transport {
 public:
  unsteady_transport(transport& network, const link_loss& loss) : network_(network), loss_(loss) {}

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

 private:
  /// A lost link takes the connection with it.
  [[nodiscard]] bool is_lost() {
    if (!loss_.is_on()) return false;
    network_.close();
    return true;
  }

  transport& network_;
  const link_loss& loss_;
};

class unsteady_ntp final : public wall_clock {
 public:
  unsteady_ntp(wall_clock& ntp, const link_loss& loss) : ntp_(ntp), loss_(loss) {}

  status ask_ntp(ntp_answer& answer) override { return loss_.is_on() ? status::unreachable : ntp_.ask_ntp(answer); }
  [[nodiscard]] const char* ntp_server() override { return ntp_.ntp_server(); }
  [[nodiscard]] std::int32_t utc_offset_seconds(micros time) override { return ntp_.utc_offset_seconds(time); }

 private:
  wall_clock& ntp_;
  const link_loss& loss_;
};

}  // namespace sealpost::posix
