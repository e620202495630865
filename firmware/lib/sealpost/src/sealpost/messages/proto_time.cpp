#include "sealpost/messages/proto_time.hpp"

namespace sealpost {
namespace {

constexpr std::int64_t nanos_in_micro = 1000;
constexpr std::int64_t nanos_in_second = nanos_in_micro * second;
/// Ten thousand years: far within what micros can hold.
constexpr std::int64_t longest_duration_seconds = 315'576'000'000;
/// 9999-12-31T23:59:59Z.
constexpr std::int64_t last_timestamp_seconds = 253'402'300'799;

}  // namespace

google_protobuf_Timestamp timestamp_of(micros time) {
  std::int64_t seconds = time / second;
  std::int64_t rest = time % second;
  // A Timestamp counts its nanoseconds forward, before 1970 too.
  if (rest < 0) {
    seconds -= 1;
    rest += second;
  }
  return {seconds, static_cast<std::int32_t>(rest * nanos_in_micro)};
}

google_protobuf_Duration duration_of(micros span) {
  return {span / second, static_cast<std::int32_t>(span % second * nanos_in_micro)};
}

std::optional<micros> micros_of(const google_protobuf_Timestamp& time) {
  if (time.seconds < 0 || time.seconds > last_timestamp_seconds) return std::nullopt;
  if (time.nanos < 0 || time.nanos >= nanos_in_second) return std::nullopt;
  return time.seconds * second + time.nanos / nanos_in_micro;
}

std::optional<micros> micros_of(const google_protobuf_Duration& span) {
  if (span.seconds < -longest_duration_seconds || span.seconds > longest_duration_seconds) return std::nullopt;
  if (span.nanos <= -nanos_in_second || span.nanos >= nanos_in_second) return std::nullopt;
  const bool signs_differ = (span.seconds > 0 && span.nanos < 0) || (span.seconds < 0 && span.nanos > 0);
  if (signs_differ) return std::nullopt;
  return span.seconds * second + span.nanos / nanos_in_micro;
}

}  // namespace sealpost
