#include "sealpost/time/device_clock.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <limits>
#include <random>

#include "fakes/whole_values.hpp"
#include "sealpost/platform.hpp"

namespace sealpost::test {
namespace {

/// 22 November 2026, 12:00:00 UTC.
constexpr micros epoch = 1'795'348'800 * second;

/// An exchange that began at uptime `asked`, took `delay` there and back, with an answerer `ahead` of uptime.
time_exchange exchange(micros asked, micros ahead, micros delay) {
  const micros arrived = asked + ahead + delay / 2;
  return {asked, arrived, arrived, asked + delay};
}

std::optional<micros> set_from_ntp_ahead(device_clock& clock, micros uptime, micros ahead) {
  return clock.set_from_ntp(uptime + ahead, uptime);
}

TEST_CASE("an exchange of times gives offset and delay by the formulas of RFC 5905, section 8") {
  const time_exchange known{1'000, 5'300, 5'350, 1'450};
  CHECK(offset_of(known) == 4'100);
  CHECK(delay_of(known) == 400);
}

TEST_CASE("an offset is negative when the asker is ahead, and a delay leaves out the time that the answerer took") {
  const time_exchange known{9'000'000, 4'010'000, 7'010'000, 12'030'000};
  CHECK(offset_of(known) == -5'005'000);
  CHECK(delay_of(known) == 30'000);
}

TEST_CASE("an offset is whole microseconds, and half of one is rounded up") {
  CHECK(offset_of({0, 3, 3, 1}) == 3);
  CHECK(offset_of({3, 0, 0, 4}) == -3);
}

TEST_CASE("a clock has uptime only until something sets it") {
  CHECK(device_clock().stamp_at(7 * second) == stamp{});
  CHECK(stamp{}.source == time_source::uptime);
}

TEST_CASE("a clock takes the time from the server when it has nothing else") {
  device_clock clock;
  CHECK(clock.set_from_server(exchange(second, epoch, 10'000)) == std::nullopt);
  CHECK(clock.stamp_at(5 * second) == stamp{time_source::server, epoch + 5 * second});
}

TEST_CASE("a clock stamps by NTP when that has answered and the server agrees") {
  for (const micros ahead : {2 * second, -2 * second}) {
    CAPTURE(ahead);
    device_clock clock;
    clock.set_from_server(exchange(second, epoch, 10'000));
    set_from_ntp_ahead(clock, second, epoch + ahead);
    CHECK(clock.disagreement() == std::nullopt);
    CHECK(clock.stamp_at(5 * second) == stamp{time_source::ntp, epoch + ahead + 5 * second});
  }
}

TEST_CASE("a clock believes the server when NTP differs by more than 2 s, in either direction") {
  for (const micros ahead : {2 * second + 1, -2 * second - 1}) {
    CAPTURE(ahead);
    device_clock clock;
    clock.set_from_server(exchange(second, epoch, 10'000));
    set_from_ntp_ahead(clock, second, epoch + ahead);
    CHECK(clock.disagreement() == ahead);
    CHECK(clock.stamp_at(5 * second) == stamp{time_source::server, epoch + 5 * second});
  }
}

TEST_CASE("a clock believes NTP alone until the server contradicts it, and again when they agree") {
  device_clock clock;
  set_from_ntp_ahead(clock, second, 0);
  CHECK(clock.stamp_at(0) == stamp{time_source::ntp, 0});
  clock.set_from_server(exchange(second, epoch, 10'000));
  CHECK(clock.stamp_at(0) == stamp{time_source::server, epoch});
  set_from_ntp_ahead(clock, 2 * second, epoch);
  CHECK(clock.stamp_at(0) == stamp{time_source::ntp, epoch});
}

TEST_CASE("a clock says by how much an answer was ahead of what it showed") {
  device_clock clock;
  CHECK(set_from_ntp_ahead(clock, second, epoch) == std::nullopt);
  CHECK(clock.set_from_server(exchange(second, epoch + 300, 10'000)) == 300);
  CHECK(set_from_ntp_ahead(clock, second, epoch - 200) == -200);
}

TEST_CASE("a clock keeps the server's answer that came sooner, until drift has made it worse than a slower one") {
  device_clock clock;
  const auto shown = [&] { return *clock.stamp_at(0).time - epoch; };
  clock.set_from_server(exchange(second, epoch, 10'000));
  clock.set_from_server(exchange(10 * second, epoch + 1'000, 20'000));
  CHECK(shown() == 0);
  // 5 ms worse, and drift makes 50 µs of every second: 100 s.
  clock.set_from_server(exchange(99 * second, epoch + 1'000, 20'000));
  CHECK(shown() == 0);
  clock.set_from_server(exchange(102 * second, epoch + 1'000, 20'000));
  CHECK(shown() == 1'000);
  clock.set_from_server(exchange(103 * second, epoch + 500, 10'000));
  CHECK(shown() == 500);
}

TEST_CASE("a clock lets an answer age by exactly 50 µs in every second") {
  // Half of 20 ms against half of 10 ms and 100 s of drift: as good as the other to the microsecond.
  for (const micros elapsed : {100 * second - 20'000, 100 * second}) {
    CAPTURE(elapsed);
    device_clock clock;
    clock.set_from_server({0, epoch + 5'000, epoch + 5'000, 10'000});
    clock.set_from_server(exchange(elapsed + 10'000 - 20'000, epoch + 7, 20'000));
    CHECK(*clock.stamp_at(0).time - epoch == (elapsed < 100 * second ? 0 : 7));
  }
}

TEST_CASE("a clock follows the server's at once when that was put right") {
  device_clock clock;
  clock.set_from_server(exchange(second, epoch, 10'000));
  clock.set_from_server(exchange(2 * second, epoch - 60 * second, 20'000));
  CHECK(clock.stamp_at(0).time == epoch - 60 * second);
}

TEST_CASE("a clock takes two of the server's answers for a contradiction when not even drift explains both") {
  // Half of 10 ms, half of 20 ms, and 50 µs of drift.
  for (const micros apart : {15'050, 15'051, -15'050, -15'051}) {
    CAPTURE(apart);
    device_clock clock;
    clock.set_from_server(exchange(second, epoch, 10'000));
    clock.set_from_server(exchange(2 * second, epoch + apart, 20'000));
    CHECK(*clock.stamp_at(0).time - epoch == (std::abs(apart) > 15'050 ? apart : 0));
  }
}

TEST_CASE("a clock takes an answer that was away for less than no time for a perfect one, and no better") {
  device_clock clock;
  clock.set_from_server({0, epoch, epoch + 10 * second, second});
  CHECK(clock.stamp_at(0).time == epoch + 4'500'000);
  clock.set_from_server(exchange(2 * second, epoch + 4'500'001, 10'000));
  CHECK(clock.stamp_at(0).time == epoch + 4'500'000);
  clock.set_from_server(exchange(3 * second, epoch, 10'000));
  CHECK(clock.stamp_at(0).time == epoch);
}

constexpr micros least = std::numeric_limits<micros>::min();
constexpr micros most = std::numeric_limits<micros>::max();

TEST_CASE("an impossible exchange with the server sets nothing and gives nothing") {
  const time_exchange impossible[] = {
      {-1, epoch, epoch, second},
      {0, -1, epoch, second},
      {0, epoch, -1, second},
      {0, greatest_time + 1, epoch, second},
      {0, epoch, greatest_time + 1, second},
      {0, epoch, epoch, greatest_time + 1},
      {2, epoch, epoch, 1},
      {least, most, most, most},
      {most, least, least, least},
      {0, most, least, second},
      {0, least, most, second},
  };
  for (const time_exchange& exchange_ : impossible) {
    CAPTURE(exchange_.asked);
    CAPTURE(exchange_.received);
    CAPTURE(exchange_.answered);
    CAPTURE(exchange_.returned);
    device_clock clock;
    CHECK_FALSE(is_possible(exchange_));
    CHECK(clock.set_from_server(exchange_) == std::nullopt);
    CHECK(clock.stamp_at(0) == stamp{});
    clock.set_from_server(exchange(second, epoch, 10'000));
    CHECK(clock.set_from_server(exchange_) == std::nullopt);
    CHECK(clock.stamp_at(0) == stamp{time_source::server, epoch});
  }
}

TEST_CASE("an impossible time from NTP sets nothing and gives nothing") {
  const ntp_answer impossible[] = {{-1, 0, 0},     {greatest_time + 1, 0, 0}, {most, 0, 0},      {least, 0, 0},
                                   {epoch, -1, 0}, {epoch, most, 0},          {epoch, least, 0}, {most, least, 0}};
  for (const ntp_answer& answer : impossible) {
    CAPTURE(answer.time);
    CAPTURE(answer.uptime);
    device_clock clock;
    set_from_ntp_ahead(clock, second, epoch);
    CHECK(clock.set_from_ntp(answer.time, answer.uptime) == std::nullopt);
    CHECK(clock.stamp_at(0) == stamp{time_source::ntp, epoch});
  }
}

TEST_CASE("the ends of what can be are taken") {
  device_clock clock;
  CHECK(clock.set_from_ntp(0, greatest_time) == std::nullopt);
  CHECK(clock.set_from_server({0, greatest_time, greatest_time, 0}) == 2 * greatest_time);
  CHECK(clock.set_from_server({0, greatest_time, 0, greatest_time}) == -greatest_time);
  CHECK(clock.set_from_server({0, 0, greatest_time, greatest_time}) == -greatest_time);
  CHECK(clock.disagreement() == -greatest_time);
}

TEST_CASE("no sequence of stamps, however hostile, overflows or brings forth an impossible distance") {
  std::mt19937_64 random(5905);
  const auto some_stamp = [&]() -> micros {
    const auto any = static_cast<micros>(random());
    switch (random() % 4) {
      case 0:
        return any;
      case 1:
        return any % (2 * greatest_time);
      case 2:
        return (any & 1) != 0 ? greatest_time - any % 3 : any % 3;
      default:
        return epoch + any % day;
    }
  };
  for (int run = 0; run < 2'000; run += 1) {
    device_clock clock;
    for (int step = 0; step < 20; step += 1) {
      clock.set_from_server({some_stamp(), some_stamp(), some_stamp(), some_stamp()});
      clock.set_from_ntp(some_stamp(), some_stamp());
      const stamp shown = clock.stamp_at(greatest_time);
      CHECK(std::abs(shown.time.value_or(0)) <= 2 * greatest_time);
      CHECK((shown.source == time_source::uptime) == !shown.time);
      CHECK(std::abs(clock.disagreement().value_or(0)) <= 2 * greatest_time);
    }
  }
}

}  // namespace
}  // namespace sealpost::test
