#include "sealpost/time/time_keeper.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "fakes/whole_values.hpp"

namespace sealpost::test {
namespace {

/// 22 November 2026, 12:00:00 UTC.
constexpr micros epoch = 1'795'348'800 * second;

class fake_wall_clock : public wall_clock {
 public:
  std::int32_t utc_offset = 0;
  micros asked_about = -1;

  status ask_ntp(ntp_answer&) override { return status::unreachable; }
  const char* ntp_server() override { return "ntp.invalid"; }
  std::int32_t utc_offset_seconds(micros time) override {
    asked_about = time;
    return utc_offset;
  }
};

/// Everything that a report says, as text, so that it is compared whole.
std::string text_of(const clock_report& report) {
  const auto or_none = [](const std::optional<micros>& value) { return value ? std::to_string(*value) : "none"; };
  return std::string(report.source == clock_source::ntp ? "ntp" : "local") +
         " device_time=" + or_none(report.device_time) + " uptime=" + std::to_string(report.uptime) +
         " utc_offset=" + std::to_string(report.utc_offset_seconds) +
         " measured_offset=" + or_none(report.measured_offset) + " round_trip=" + or_none(report.round_trip) +
         " ntp_server=" + (report.ntp_server != nullptr ? report.ntp_server : "none") +
         " ntp_offset=" + or_none(report.ntp_offset);
}

ntp_answer ntp_ahead_by(micros ahead, micros uptime) { return {uptime + ahead, uptime, 0}; }

/// An answer to a question of uptime `asked` that took 10 ms each way, of a server `ahead` of uptime.
void answer(time_keeper& keeper, micros asked, micros ahead) {
  const micros arrived = asked + 10'000 + ahead;
  keeper.take_answer({arrived, arrived + 500}, asked, asked + 20'500);
}

TEST_CASE("a first report says the uptime, the zone, and nothing that is not known yet") {
  time_keeper keeper;
  fake_wall_clock wall;
  wall.utc_offset = -7'200;
  CHECK(text_of(keeper.report(clock_source::local, 5, wall)) ==
        "local device_time=none uptime=5 utc_offset=-7200 measured_offset=none round_trip=none ntp_server=none "
        "ntp_offset=none");
  CHECK(text_of(keeper.report(clock_source::ntp, 6, wall)) ==
        "ntp device_time=none uptime=6 utc_offset=-7200 measured_offset=none round_trip=none ntp_server=ntp.invalid "
        "ntp_offset=none");
}

TEST_CASE("a report says what the last TimeSync measured, and NTP's job what NTP's last answer corrected") {
  time_keeper keeper;
  fake_wall_clock wall;
  keeper.take_ntp(ntp_ahead_by(epoch, second));
  answer(keeper, 2 * second, epoch + 300);
  keeper.take_ntp(ntp_ahead_by(epoch + 40, 3 * second));
  CHECK(text_of(keeper.report(clock_source::local, 4 * second, wall)) ==
        "local device_time=" + std::to_string(epoch + 4 * second + 40) +
            " uptime=4000000 utc_offset=0 measured_offset=300 round_trip=20000 ntp_server=none ntp_offset=none");
  CHECK(text_of(keeper.report(clock_source::ntp, 4 * second, wall)) ==
        "ntp device_time=" + std::to_string(epoch + 4 * second + 40) +
            " uptime=4000000 utc_offset=0 measured_offset=300 round_trip=20000 ntp_server=ntp.invalid ntp_offset=40");
  CHECK(wall.asked_about == epoch + 4 * second + 40);
}

TEST_CASE("a first answer measures a round trip, and no offset of a clock that was not set") {
  time_keeper keeper;
  fake_wall_clock wall;
  answer(keeper, second, epoch);
  const clock_report report = keeper.report(clock_source::local, 2 * second, wall);
  CHECK(report.measured_offset == std::nullopt);
  CHECK(report.round_trip == 20'000);
  CHECK(keeper.clock().stamp_at(0) == stamp{time_source::server, epoch});
}

TEST_CASE("an answer without times, or with impossible ones, sets nothing and makes the last measurement old") {
  constexpr micros most = std::numeric_limits<micros>::max();
  const clock_answer nothing_in_them[] = {{}, {epoch, {}}, {{}, epoch}, {most, most}, {-1, epoch}, {epoch, -most - 1}};
  for (const clock_answer& answer_ : nothing_in_them) {
    CAPTURE(answer_.receive_time);
    CAPTURE(answer_.transmit_time);
    time_keeper keeper;
    fake_wall_clock wall;
    answer(keeper, second, epoch);
    answer(keeper, 2 * second, epoch);
    keeper.take_answer(answer_, 3 * second, 3 * second + 1);
    CHECK(keeper.clock().stamp_at(0) == stamp{time_source::server, epoch});
    const clock_report report = keeper.report(clock_source::local, 4 * second, wall);
    CHECK(report.measured_offset == std::nullopt);
    CHECK(report.round_trip == std::nullopt);
  }
}

TEST_CASE("a Welcome or a receipt sets the clock by its one stamp and is no measurement for a report") {
  time_keeper keeper;
  fake_wall_clock wall;
  keeper.take_server_time(std::nullopt, 0, second);
  CHECK(keeper.clock().stamp_at(0) == stamp{});
  keeper.take_server_time(std::numeric_limits<micros>::min(), 0, second);
  CHECK(keeper.clock().stamp_at(0) == stamp{});
  keeper.take_server_time(epoch + second, second / 2, second + second / 2);
  CHECK(keeper.clock().stamp_at(0) == stamp{time_source::server, epoch});
  CHECK(text_of(keeper.report(clock_source::local, 2 * second, wall)) ==
        "local device_time=" + std::to_string(epoch + 2 * second) +
            " uptime=2000000 utc_offset=0 measured_offset=none round_trip=none ntp_server=none ntp_offset=none");
}

TEST_CASE("an impossible answer of NTP's sets nothing and corrects nothing") {
  time_keeper keeper;
  fake_wall_clock wall;
  keeper.take_ntp(ntp_ahead_by(epoch, second));
  keeper.take_ntp(ntp_ahead_by(-second, 0));
  CHECK(keeper.clock().stamp_at(0) == stamp{time_source::ntp, epoch});
  CHECK(keeper.report(clock_source::ntp, second, wall).ntp_offset == std::nullopt);
}

TEST_CASE("a time zone that a server would refuse is reported as the furthest that it takes") {
  time_keeper keeper;
  fake_wall_clock wall;
  wall.utc_offset = std::numeric_limits<std::int32_t>::max();
  CHECK(keeper.report(clock_source::local, 0, wall).utc_offset_seconds == 64'800);
  wall.utc_offset = std::numeric_limits<std::int32_t>::min();
  CHECK(keeper.report(clock_source::local, 0, wall).utc_offset_seconds == -64'800);
}

TEST_CASE("a disagreement of NTP with the server is new once, until they have agreed again") {
  time_keeper keeper;
  keeper.take_server_time(epoch, 0, 0);
  CHECK(keeper.new_disagreement() == std::nullopt);
  keeper.take_ntp(ntp_ahead_by(epoch + 5 * second, second));
  CHECK(keeper.new_disagreement() == 5 * second);
  keeper.take_ntp(ntp_ahead_by(epoch + 6 * second, second));
  CHECK(keeper.new_disagreement() == std::nullopt);
  keeper.take_ntp(ntp_ahead_by(epoch, second));
  CHECK(keeper.new_disagreement() == std::nullopt);
  keeper.take_ntp(ntp_ahead_by(epoch - 3 * second, second));
  CHECK(keeper.new_disagreement() == -3 * second);
}

}  // namespace
}  // namespace sealpost::test
