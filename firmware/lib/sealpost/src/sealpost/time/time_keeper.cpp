#include "sealpost/time/time_keeper.hpp"

#include <algorithm>

namespace sealpost {
namespace {

/// What a report may say (docs/protocol-v1.md, section 6.4); a time zone beyond it would have the report refused.
constexpr std::int32_t most_utc_offset_seconds = 64'800;

}  // namespace

void time_keeper::take_ntp(const ntp_answer& answer) { ntp_offset_ = clock_.set_from_ntp(answer.time, answer.uptime); }

clock_report time_keeper::report(clock_source source, micros asked, wall_clock& wall) const {
  clock_report report{};
  report.source = source;
  report.uptime = asked;
  report.device_time = clock_.stamp_at(asked).time;
  report.utc_offset_seconds = std::clamp(wall.utc_offset_seconds(report.device_time.value_or(0)),
                                         -most_utc_offset_seconds, most_utc_offset_seconds);
  report.measured_offset = measured_offset_;
  report.round_trip = round_trip_;
  if (source == clock_source::ntp) {
    report.ntp_server = wall.ntp_server();
    report.ntp_offset = ntp_offset_;
  }
  return report;
}

void time_keeper::take_answer(const clock_answer& answer, micros asked, micros returned) {
  measured_offset_ = round_trip_ = std::nullopt;
  if (!answer.receive_time || !answer.transmit_time) return;
  const time_exchange exchange{asked, *answer.receive_time, *answer.transmit_time, returned};
  if (!is_possible(exchange)) return;
  measured_offset_ = clock_.set_from_server(exchange);
  round_trip_ = delay_of(exchange);
}

void time_keeper::take_server_time(const std::optional<micros>& server_time, micros asked, micros returned) {
  if (server_time) clock_.set_from_server({asked, *server_time, *server_time, returned});
}

std::optional<micros> time_keeper::new_disagreement() {
  const std::optional<micros> difference = clock_.disagreement();
  const bool is_new = difference && !distrusted_;
  distrusted_ = difference.has_value();
  return is_new ? difference : std::nullopt;
}

}  // namespace sealpost
