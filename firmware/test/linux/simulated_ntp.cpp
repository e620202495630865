#include "linux/simulated_ntp.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include "fakes/clock.hpp"

namespace sealpost::test {
namespace {

using posix::ntp_faults;
using posix::simulated_ntp;

/// 22 November 2026, 12:00:00 UTC.
constexpr micros noon = 1'795'348'800 * second;

/// NTP as a board hears it that booted at noon.
struct heard {
  explicit heard(std::uint64_t seed, ntp_faults faults = {})
      : ntp(seed, clock, [this] { return noon + clock.now; }, faults) {}

  fake_clock clock;
  simulated_ntp ntp;
};

TEST_CASE("simulated NTP is right to within the line's jitter, for the uptime at which it answers") {
  heard heard(1);
  bool differs = false;
  micros first = 0;
  for (int time = 0; time < 1'000; time += 1, heard.clock.now += minute) {
    ntp_answer answer{};
    REQUIRE(heard.ntp.ask_ntp(answer) == status::ok);
    CHECK(answer.uptime == heard.clock.now);
    const micros wrong = answer.time - (noon + heard.clock.now);
    CHECK(std::abs(wrong) < 20 * millisecond);
    CHECK(answer.round_trip >= 10 * millisecond);
    CHECK(answer.round_trip <= 50 * millisecond);
    if (time == 0) first = wrong;
    differs = differs || wrong != first;
  }
  CHECK(differs);
}

TEST_CASE("simulated NTP says the same for the same seed") {
  const auto answers_of = [](std::uint64_t seed) {
    heard heard(seed);
    std::vector<micros> times;
    for (int time = 0; time < 100; time += 1) {
      ntp_answer answer{};
      REQUIRE(heard.ntp.ask_ntp(answer) == status::ok);
      times.push_back(answer.time);
    }
    return times;
  };
  CHECK(answers_of(5) == answers_of(5));
  CHECK(answers_of(5) != answers_of(6));
}

TEST_CASE("simulated NTP is wrong by as much as it is told to be") {
  for (const micros error : {-day, 5 * second}) {
    CAPTURE(error);
    heard heard(1, {error, 0});
    ntp_answer answer{};
    REQUIRE(heard.ntp.ask_ntp(answer) == status::ok);
    CHECK(std::abs(answer.time - noon - error) < 20 * millisecond);
  }
}

TEST_CASE("simulated NTP loses as many questions as it is told to, and then leaves the answer alone") {
  for (const double loss : {0.0, 0.25, 1.0}) {
    CAPTURE(loss);
    heard heard(2, {0, loss});
    int lost = 0;
    for (int time = 0; time < 10'000; time += 1) {
      ntp_answer answer{-1, -2, -3};
      const status asked = heard.ntp.ask_ntp(answer);
      if (asked == status::ok) continue;
      lost += 1;
      CHECK(asked == status::timed_out);
      CHECK(answer.time == -1);
    }
    CHECK(lost == doctest::Approx(10'000 * loss).epsilon(0.05));
  }
}

TEST_CASE("simulated NTP has a name that no host can have, and the host's time zone") {
  const char* zone = std::getenv("TZ");
  const std::string before = zone == nullptr ? "" : zone;
  REQUIRE(setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1) == 0);
  heard heard(1);
  CHECK(heard.ntp.utc_offset_seconds(noon) == 3'600);
  CHECK(heard.ntp.utc_offset_seconds(noon - 150 * day) == 7'200);
  CHECK(std::strlen(heard.ntp.ntp_server()) <= 64);
  REQUIRE((zone == nullptr ? unsetenv("TZ") : setenv("TZ", before.c_str(), 1)) == 0);
  tzset();
}

}  // namespace
}  // namespace sealpost::test
