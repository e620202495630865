#include "sealpost/time/sntp.hpp"

#include <doctest/doctest.h>

#include "fakes/random.hpp"

namespace sealpost::test {
namespace {

/// Seconds since 1970 at which the tests live: 2026-11-22 12:00:00 UTC.
constexpr micros noon = 1'795'348'800 * second;
/// The same since 1900, as NTP counts.
constexpr std::uint64_t noon_in_ntp = 1'795'348'800ULL + 2'208'988'800ULL;

void put(sntp_packet& packet, std::size_t at, std::uint64_t seconds, std::uint64_t fraction) {
  store_u64(seconds << 32 | fraction, mutable_bytes(packet).from(at).first(8));
}

/// What a good server says: received at noon and a half, answered a quarter of a second later.
sntp_packet answer_to(const sntp_packet& request) {
  sntp_packet packet{4 << 3 | 4, 2};
  for (std::size_t i = 0; i < 8; ++i) packet[24 + i] = request[40 + i];
  put(packet, 32, noon_in_ntp, 1ULL << 31);
  put(packet, 40, noon_in_ntp, 3ULL << 30);
  return packet;
}

struct question {
  question() { REQUIRE(write_sntp_request(random, request) == status::ok); }
  status read(const sntp_packet& packet) {
    return read_sntp_answer(request, packet, 10 * second, 10 * second + 450 * millisecond, answer);
  }
  seeded_random random{7};
  sntp_packet request{};
  ntp_answer answer{};
};

}  // namespace

TEST_CASE("a question is version 4 from a client, and its own time is a random number") {
  question first;
  question second_question;
  CHECK(first.request[0] == 0x23);
  for (std::size_t i = 1; i < 40; ++i) CHECK(first.request[i] == 0);
  CHECK(write_sntp_request(first.random, second_question.request) == status::ok);
  CHECK(first.request != second_question.request);
}

TEST_CASE("no question is asked without random numbers") {
  failing_random random;
  sntp_packet request{};
  CHECK(write_sntp_request(random, request) == status::crypto_failed);
}

TEST_CASE("an answer gives the time, the uptime at which it was true, and the round trip without the server's own") {
  question ntp;
  CHECK(ntp.read(answer_to(ntp.request)) == status::ok);
  CHECK(ntp.answer.uptime == 10 * second + 450 * millisecond);
  CHECK(ntp.answer.round_trip == 200 * millisecond);
  // Sent at noon and 750 ms, and then half of the round trip.
  CHECK(ntp.answer.time == noon + 850 * millisecond);
}

TEST_CASE("a time after NTP's count began again in 2036 is not taken for one of 1900") {
  question ntp;
  sntp_packet packet = answer_to(ntp.request);
  put(packet, 32, 1000, 0);
  put(packet, 40, 1000, 0);
  CHECK(ntp.read(packet) == status::ok);
  const micros era_1 = ((1LL << 32) - 2'208'988'800LL) * second;
  CHECK(ntp.answer.time == era_1 + 1000 * second + 225 * millisecond);
}

TEST_CASE("an answer to another question is refused") {
  question ntp;
  for (std::size_t i = 24; i < 32; ++i) {
    sntp_packet packet = answer_to(ntp.request);
    packet[i] ^= 1;
    CHECK(ntp.read(packet) == status::refused);
  }
}

TEST_CASE("an answer that was sent before its question came is refused") {
  question ntp;
  sntp_packet packet = answer_to(ntp.request);
  put(packet, 40, noon_in_ntp - 1, 0);
  CHECK(ntp.read(packet) == status::refused);
}

TEST_CASE("an answer that was longer at the server than on the whole way there and back is refused") {
  question ntp;
  sntp_packet packet = answer_to(ntp.request);
  // 1 µs more than the 450 ms.
  put(packet, 40, noon_in_ntp, (1ULL << 31) + 1'932'740'000);
  CHECK(ntp.read(packet) == status::refused);
}

TEST_CASE("a server that does not know the time, and what is no server, is refused") {
  question ntp;
  const auto refused = [&](std::uint8_t first, std::uint8_t stratum) {
    sntp_packet packet = answer_to(ntp.request);
    packet[0] = first;
    packet[1] = stratum;
    return ntp.read(packet) == status::refused;
  };
  CHECK(refused(3 << 6 | 4 << 3 | 4, 2));
  CHECK(refused(4 << 3 | 3, 2));
  CHECK(refused(4 << 3 | 5, 2));
  // A kiss of death (RFC 5905, section 7.4), and what is unsynchronized.
  CHECK(refused(4 << 3 | 4, 0));
  CHECK(refused(4 << 3 | 4, 16));
}

}  // namespace sealpost::test
