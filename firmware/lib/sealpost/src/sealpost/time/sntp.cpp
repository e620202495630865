#include "sealpost/time/sntp.hpp"

#include <cstring>

#include "sealpost/time/device_clock.hpp"

namespace sealpost {
namespace {

// RFC 5905, figure 8.
constexpr std::size_t origin_at = 24;
constexpr std::size_t receive_at = 32;
constexpr std::size_t transmit_at = 40;
constexpr std::size_t timestamp_size = 8;
constexpr std::uint8_t version_4_client = 4 << 3 | 3;
constexpr int server_mode = 4;
constexpr int not_synchronized = 3;
constexpr int most_stratum = 15;

constexpr std::int64_t era_seconds = 1LL << 32;
constexpr std::int64_t from_1900_to_1970 = 2'208'988'800;

std::int64_t number_at(const sntp_packet& packet, std::size_t at) {
  std::int64_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | packet[at + i];
  return number;
}

/// Since 1970. Seconds are counted from 1900 in eras of 2^32; the second begins in 2036, so that a small count is of
/// that one (RFC 5905, section 6, figure 4).
micros time_at(const sntp_packet& packet, std::size_t at) {
  const std::int64_t count = number_at(packet, at);
  const std::int64_t seconds = (count < era_seconds / 2 ? count + era_seconds : count) - from_1900_to_1970;
  return seconds * second + number_at(packet, at + 4) * second / era_seconds;
}

}  // namespace

status write_sntp_request(random_source& random, sntp_packet& request) {
  request = {version_4_client};
  return random.fill(mutable_bytes(request).from(transmit_at));
}

status read_sntp_answer(const sntp_packet& request, const sntp_packet& packet, micros asked, micros returned,
                        ntp_answer& answer) {
  const int mode = packet[0] & 7;
  const int leap = packet[0] >> 6;
  const int stratum = packet[1];
  if (mode != server_mode || leap == not_synchronized || stratum == 0 || stratum > most_stratum ||
      std::memcmp(packet.data() + origin_at, request.data() + transmit_at, timestamp_size) != 0) {
    return status::refused;
  }
  const time_exchange exchange{asked, time_at(packet, receive_at), time_at(packet, transmit_at), returned};
  // It took the server some time to answer, and no longer than it took here.
  if (!is_possible(exchange) || exchange.answered < exchange.received || delay_of(exchange) < 0) return status::refused;
  answer = {returned + offset_of(exchange), returned, delay_of(exchange)};
  return status::ok;
}

}  // namespace sealpost
