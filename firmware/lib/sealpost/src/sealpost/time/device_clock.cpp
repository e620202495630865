#include "sealpost/time/device_clock.hpp"

#include <algorithm>

namespace sealpost {
namespace {

/// NTP is not authenticated: further than this from the server's sealed time, it is not believed.
constexpr micros most_disagreement = 2 * second;
/// How fast an ESP32's crystal may run away: 50 µs in every second.
constexpr micros drift_of(micros elapsed) { return elapsed / 20'000; }

bool is_within(micros time) { return time >= 0 && time <= greatest_time; }

}  // namespace

bool is_possible(const time_exchange& exchange) {
  return is_within(exchange.asked) && is_within(exchange.received) && is_within(exchange.answered) &&
         is_within(exchange.returned) && exchange.returned >= exchange.asked;
}

micros offset_of(const time_exchange& exchange) {
  const micros doubled = (exchange.received - exchange.asked) + (exchange.answered - exchange.returned);
  // Half a microsecond is rounded up.
  return doubled > 0 ? (doubled + 1) / 2 : doubled / 2;
}

micros delay_of(const time_exchange& exchange) {
  return (exchange.returned - exchange.asked) - (exchange.answered - exchange.received);
}

stamp device_clock::stamp_at(micros uptime) const {
  if (ntp_offset_ && !disagreement()) return {time_source::ntp, uptime + *ntp_offset_};
  if (server_) return {time_source::server, uptime + server_->offset};
  return {};
}

std::optional<micros> device_clock::disagreement() const {
  if (!ntp_offset_ || !server_) return std::nullopt;
  const micros difference = *ntp_offset_ - server_->offset;
  if (difference >= -most_disagreement && difference <= most_disagreement) return std::nullopt;
  return difference;
}

std::optional<micros> device_clock::set_from_server(const time_exchange& exchange) {
  if (!is_possible(exchange)) return std::nullopt;
  const setting next{offset_of(exchange), std::max<micros>(delay_of(exchange), 0), exchange.returned};
  const std::optional<micros> correction = correction_by(next.offset);
  if (!server_ || is_better(next, *server_)) server_ = next;
  return correction;
}

std::optional<micros> device_clock::set_from_ntp(micros time, micros uptime) {
  if (!is_within(time) || !is_within(uptime)) return std::nullopt;
  const micros offset = time - uptime;
  const std::optional<micros> correction = correction_by(offset);
  ntp_offset_ = offset;
  return correction;
}

/// Whether `next` takes the place of `current`: when it is no less certain than what drift has made of the other, or
/// when both can't be right, which is how it looks after the server's clock was put right.
bool device_clock::is_better(const setting& next, const setting& current) {
  const micros aged = current.round_trip + 2 * drift_of(next.set_at - current.set_at);
  const micros apart = next.offset > current.offset ? next.offset - current.offset : current.offset - next.offset;
  return next.round_trip <= aged || 2 * apart > next.round_trip + aged;
}

std::optional<micros> device_clock::correction_by(micros offset) const {
  const std::optional<micros> shown = stamp_at(0).time;
  if (!shown) return std::nullopt;
  return offset - *shown;
}

}  // namespace sealpost
