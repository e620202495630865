#include "sealpost/messages/proto_time.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <random>

namespace sealpost::test {
namespace {

constexpr micros hour = 60 * minute;

std::optional<micros> from_timestamp(std::int64_t seconds, std::int32_t nanos) {
  return micros_of(google_protobuf_Timestamp{seconds, nanos});
}

std::optional<micros> from_duration(std::int64_t seconds, std::int32_t nanos) {
  return micros_of(google_protobuf_Duration{seconds, nanos});
}

}  // namespace

TEST_CASE("a time goes to a Timestamp and back without loss") {
  std::mt19937_64 random(1);
  std::uniform_int_distribution<micros> times(0, 253'402'300'799 * second + second - 1);
  for (int i = 0; i < 10'000; ++i) {
    const micros time = times(random);
    REQUIRE(micros_of(timestamp_of(time)) == time);
  }
}

TEST_CASE("a span goes to a Duration and back without loss, whatever its sign") {
  std::mt19937_64 random(2);
  std::uniform_int_distribution<micros> spans(-315'576'000'000 * second, 315'576'000'000 * second);
  for (int i = 0; i < 10'000; ++i) {
    const micros span = spans(random);
    REQUIRE(micros_of(duration_of(span)) == span);
  }
}

TEST_CASE("both parts of a negative Duration are negative, the nanoseconds of a Timestamp never") {
  const google_protobuf_Duration span = duration_of(-1'500'000);
  CHECK(span.seconds == -1);
  CHECK(span.nanos == -500'000'000);
  const google_protobuf_Timestamp time = timestamp_of(-1);
  CHECK(time.seconds == -1);
  CHECK(time.nanos == 999'999'000);
}

TEST_CASE("every time that micros can hold has a Timestamp and a Duration") {
  const micros least = std::numeric_limits<micros>::min();
  CHECK(timestamp_of(least).seconds == -9'223'372'036'855);
  CHECK(timestamp_of(least).nanos == 224'192'000);
  CHECK(duration_of(least).seconds == -9'223'372'036'854);
  CHECK(duration_of(least).nanos == -775'808'000);
}

TEST_CASE("nanoseconds are cut to microseconds") {
  CHECK(from_timestamp(7, 999'999'999) == 7'999'999);
  CHECK(from_duration(7, 1'999) == 7'000'001);
  CHECK(from_duration(-7, -1'999) == -7'000'001);
  CHECK(from_duration(0, -999) == 0);
}

TEST_CASE("what a Timestamp can't be is no time") {
  CHECK(from_timestamp(0, 0) == 0);
  CHECK(from_timestamp(253'402'300'799, 999'999'999) == 253'402'300'799 * second + 999'999);
  CHECK_FALSE(from_timestamp(-1, 0));
  CHECK_FALSE(from_timestamp(253'402'300'800, 0));
  CHECK_FALSE(from_timestamp(std::numeric_limits<std::int64_t>::max(), 0));
  CHECK_FALSE(from_timestamp(std::numeric_limits<std::int64_t>::min(), 0));
  CHECK_FALSE(from_timestamp(1, -1));
  CHECK_FALSE(from_timestamp(1, 1'000'000'000));
  CHECK_FALSE(from_timestamp(1, std::numeric_limits<std::int32_t>::min()));
}

TEST_CASE("what a Duration can't be is no span") {
  CHECK(from_duration(315'576'000'000, 999'999'999) == 315'576'000'000 * second + 999'999);
  CHECK(from_duration(-315'576'000'000, 0) == -315'576'000'000 * second);
  CHECK(from_duration(0, -500'000'000) == -second / 2);
  CHECK(from_duration(3600, 0) == hour);
  CHECK_FALSE(from_duration(315'576'000'001, 0));
  CHECK_FALSE(from_duration(-315'576'000'001, 0));
  CHECK_FALSE(from_duration(std::numeric_limits<std::int64_t>::max(), 0));
  CHECK_FALSE(from_duration(std::numeric_limits<std::int64_t>::min(), 0));
  CHECK_FALSE(from_duration(0, 1'000'000'000));
  CHECK_FALSE(from_duration(0, -1'000'000'000));
  CHECK_FALSE(from_duration(1, -1));
  CHECK_FALSE(from_duration(-1, 1));
}

}  // namespace sealpost::test
