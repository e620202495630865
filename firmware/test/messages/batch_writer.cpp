#include <doctest/doctest.h>
#include <pb_decode.h>
#include <sealpost/v1/reading.pb.h>

#include <limits>
#include <memory>
#include <string>

#include "messages/documented.hpp"
#include "sealpost/messages/messages.hpp"

namespace sealpost::test {
namespace {

constexpr std::uint64_t boot_id = 0x000000078f3b21c4;

reading documented_reading() {
  reading reading;
  reading.boot_id = boot_id;
  reading.sequence = 1;
  reading.uptime = 13'482'016;
  reading.collected = {time_source::server, 1'795'348'810 * second + 125'956};
  reading.bmp280 = {21.5F, 101'325.F};
  reading.mpu6050 = {{0.125F, -0.0625F, 9.8125F}, {0.0078125F, -0.015625F, 0.00390625F}, 24.25F};
  reading.sht4x = {21.25F, 45.5F};
  return reading;
}

/// Every field at its longest: times that a device never has, since a negative number takes ten bytes.
reading largest_reading() {
  reading reading = documented_reading();
  reading.sequence = std::numeric_limits<std::uint64_t>::max();
  reading.uptime = -315'576'000'000 * second - 999'999;
  reading.collected = {time_source::ntp, -62'135'596'800 * second + 999'999};
  return reading;
}

constexpr device_status largest_status{0xffffffff, std::numeric_limits<std::uint64_t>::max(), 0xffffffff,
                                       std::numeric_limits<std::int32_t>::min()};

/// A batch of these, with a status or without.
std::vector<std::uint8_t> batch_of(const std::vector<reading>& readings, const device_status* status = nullptr) {
  std::vector<std::uint8_t> into(9000);
  batch_writer batch(view(into));
  REQUIRE(batch.begin(boot_id) == status::ok);
  for (const reading& reading : readings) REQUIRE(batch.add(reading) == status::ok);
  std::size_t size = 0;
  REQUIRE(batch.finish(status, size) == status::ok);
  into.resize(size);
  return into;
}

std::unique_ptr<sealpost_v1_ReadingBatch> parsed(bytes batch) {
  auto message = std::make_unique<sealpost_v1_ReadingBatch>();
  pb_istream_t stream = pb_istream_from_buffer(batch.data(), batch.size());
  REQUIRE(pb_decode(&stream, sealpost_v1_ReadingBatch_fields, message.get()));
  return message;
}

}  // namespace

TEST_CASE("a batch is that of the protocol's document") {
  std::vector<std::uint8_t> batch = batch_of({documented_reading()});
  CHECK(to_hex(view(batch)) == documented("ReadingBatch"));
}

TEST_CASE("a reading without sensors and without a clock has its sequence and its uptime") {
  reading bare;
  bare.boot_id = boot_id;
  bare.sequence = 5;
  bare.uptime = second;
  std::vector<std::uint8_t> batch = batch_of({bare});
  CHECK(to_hex(view(batch)) == "09c4213b8f07000000120808051a0208012001");
}

TEST_CASE("a sensor whose values are all zero is there") {
  reading zeros;
  zeros.boot_id = boot_id;
  zeros.sequence = 1;
  zeros.bmp280 = {0, 0};
  zeros.mpu6050 = {{0, 0, 0}, {0, 0, 0}, 0};
  zeros.sht4x = {0, -0.F};
  std::vector<std::uint8_t> batch = batch_of({zeros});
  const auto message = parsed(view(batch));
  const sealpost_v1_Reading& found = message->readings[0];
  CHECK(found.has_uptime);
  CHECK(found.has_bmp280);
  CHECK(found.has_mpu6050);
  CHECK(found.mpu6050.has_acceleration_mps2);
  CHECK(found.mpu6050.has_angular_velocity_rps);
  CHECK(found.has_sht4x);
}

TEST_CASE("a stamp is there exactly when a clock is named") {
  reading stamped = documented_reading();
  stamped.collected = {time_source::uptime, second};
  reading unstamped = documented_reading();
  unstamped.collected = {time_source::ntp, std::nullopt};
  std::vector<std::uint8_t> batch = batch_of({stamped, unstamped});
  const auto message = parsed(view(batch));
  for (const sealpost_v1_Reading& found : {message->readings[0], message->readings[1]}) {
    CHECK_FALSE(found.has_collected_time);
    CHECK(found.time_source == sealpost_v1_TimeSource_TIME_SOURCE_UPTIME);
  }
}

TEST_CASE("a batch has its status at its end") {
  const device_status status{3, 0, 40'000, -61};
  std::vector<std::uint8_t> batch = batch_of({documented_reading()}, &status);
  CHECK(to_hex(view(batch)) == documented("ReadingBatch") + "1a08080318c0b8022079");
}

TEST_CASE("64 of the largest readings and the largest status fit the largest batch, which takes no more") {
  std::vector<std::uint8_t> into(sealpost_v1_ReadingBatch_size);
  batch_writer batch(view(into));
  REQUIRE(batch.begin(boot_id) == status::ok);
  for (std::size_t i = 0; i < most_readings_in_batch; ++i) REQUIRE(batch.add(largest_reading()) == status::ok);
  CHECK(batch.add(largest_reading()) == status::no_room);
  std::size_t size = 0;
  REQUIRE(batch.finish(&largest_status, size) == status::ok);
  CHECK(size <= sealpost_v1_ReadingBatch_size);
  const auto message = parsed(bytes(view(into)).first(size));
  CHECK(message->readings_count == most_readings_in_batch);
  CHECK(message->readings[63].collected_time.seconds == -62'135'596'800);
  CHECK(message->readings[63].uptime.nanos == -999'999'000);
  CHECK(message->status.rssi_dbm == std::numeric_limits<std::int32_t>::min());
}

TEST_CASE("a batch that has no room for a reading is intact, can be finished, and has kept room for a status") {
  for (std::size_t room = 150; room < 450; ++room) {
    std::vector<std::uint8_t> into(room);
    batch_writer batch(view(into));
    REQUIRE(batch.begin(boot_id) == status::ok);
    std::size_t readings = 0;
    while (batch.add(documented_reading()) == status::ok) readings += 1;
    CAPTURE(room);
    REQUIRE(readings == (room - most_status_bytes - 9) / 94);
    std::size_t size = 0;
    REQUIRE(batch.finish(&largest_status, size) == status::ok);
    const auto message = parsed(bytes(view(into)).first(size));
    REQUIRE(message->readings_count == readings);
    REQUIRE(message->status.free_heap_bytes == 0xffffffff);
  }
}

TEST_CASE("a batch without room for its boot does not begin") {
  for (std::size_t room = 0; room < most_status_bytes + 9; ++room) {
    std::vector<std::uint8_t> into(room);
    batch_writer batch(view(into));
    REQUIRE(batch.begin(boot_id) == status::no_room);
  }
}

TEST_CASE("a batch is of one boot, and its readings have a sequence") {
  std::vector<std::uint8_t> into(512);
  batch_writer batch(view(into));
  reading other = documented_reading();
  other.boot_id += 1;
  reading unnumbered = documented_reading();
  unnumbered.sequence = 0;
  CHECK(batch.add(documented_reading()) == status::malformed);
  CHECK(batch.begin(0) == status::malformed);
  REQUIRE(batch.begin(boot_id) == status::ok);
  CHECK(batch.add(other) == status::malformed);
  CHECK(batch.add(unnumbered) == status::malformed);
  std::size_t size = 0;
  CHECK(batch.finish(nullptr, size) == status::malformed);
  REQUIRE(batch.add(documented_reading()) == status::ok);
  REQUIRE(batch.finish(nullptr, size) == status::ok);
  CHECK(to_hex(bytes(view(into)).first(size)) == documented("ReadingBatch"));
}

}  // namespace sealpost::test
