#pragma once

#include <cstdlib>
#include <ctime>

#include "network.hpp"
#include "sealpost/time/sntp.hpp"

namespace sealpost::esp32 {

/// An NTP client, and the time zone that TZ names.
class sntp_clock final : public wall_clock {
 public:
  explicit sntp_clock(random_source& random) : random_(random) {}

  status ask_ntp(ntp_answer& answer) override {
    constexpr micros patience = 2 * second;
    sntp_packet request{};
    sntp_packet packet{};
    std::size_t received = 0;
    status ended = write_sntp_request(random_, request);
    if (ended == status::ok) ended = udp_.connect(ntp_server(), 123, patience);
    const micros asked = esp_timer_get_time();
    if (ended == status::ok) ended = udp_.send(request, patience);
    if (ended == status::ok) ended = udp_.receive(packet, received, patience);
    const micros returned = esp_timer_get_time();
    udp_.close();
    if (ended != status::ok) return ended;
    return received < packet.size() ? status::malformed : read_sntp_answer(request, packet, asked, returned, answer);
  }

  [[nodiscard]] const char* ntp_server() override { return "pool.ntp.org"; }

  [[nodiscard]] std::int32_t utc_offset_seconds(micros time) override {
    const auto seconds = static_cast<std::time_t>(time / second);
    std::tm local{};
    std::array<char, 8> text{};
    // `+0530` for 5 hours and 30 minutes; newlib has no tm_gmtoff.
    if (localtime_r(&seconds, &local) == nullptr) return 0;
    if (std::strftime(text.data(), text.size(), "%z", &local) == 0) return 0;
    const auto hours_and_minutes = static_cast<std::int32_t>(std::strtol(text.data(), nullptr, 10));
    return (hours_and_minutes / 100 * 60 + hours_and_minutes % 100) * 60;
  }

 private:
  random_source& random_;
  lwip_transport udp_{SOCK_DGRAM};
};

}  // namespace sealpost::esp32
