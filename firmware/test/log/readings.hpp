#pragma once

#include <doctest/doctest.h>

#include <random>
#include <set>
#include <vector>

#include "fakes/nor_flash.hpp"
#include "fakes/whole_values.hpp"
#include "sealpost/log/reading_log.hpp"

/// Readings to log, and what a log holds of them.
namespace sealpost::test {

/// One of its own for each boot and sequence, with every clock and every set of sensors among them.
inline reading reading_of(std::uint64_t boot_id, std::uint64_t sequence) {
  std::minstd_rand random(static_cast<std::uint32_t>(boot_id * 7919 + sequence));
  const auto value = [&random] { return static_cast<float>(random()) / 1024.0F - 1000000.0F; };
  reading made;
  made.boot_id = boot_id;
  made.sequence = sequence;
  made.uptime = static_cast<micros>(sequence) * 10 * second + static_cast<micros>(random() % 1000);
  made.collected.source = static_cast<time_source>(1 + random() % 3);
  if (made.collected.source != time_source::uptime) made.collected.time = 1'795'000'000 * second + made.uptime;
  const auto sensors = random() % 8;
  if ((sensors & 1) != 0) made.bmp280 = {value(), value()};
  if ((sensors & 2) != 0) made.mpu6050 = {{value(), value(), value()}, {value(), value(), value()}, value()};
  if ((sensors & 4) != 0) made.sht4x = {value(), value()};
  return made;
}

inline bool same(const reading& left, const reading& right) {
  return left.boot_id == right.boot_id && left.sequence == right.sequence && left.uptime == right.uptime &&
         left.collected == right.collected && left.bmp280 == right.bmp280 && left.mpu6050 == right.mpu6050 &&
         left.sht4x == right.sht4x;
}

/// A place on the board where a log was mounted.
inline reading_log mounted(nor_flash& flash) {
  reading_log log(flash);
  REQUIRE(log.mount() == status::ok);
  return log;
}

inline std::vector<log_place> next_places(reading_log& log, std::size_t most = most_readings_in_batch) {
  std::vector<log_place> places(most);
  std::size_t count = 0;
  REQUIRE(log.next_batch({places.data(), places.size()}, count) == status::ok);
  places.resize(count);
  return places;
}

inline span<const log_place> all_of(const std::vector<log_place>& places) { return {places.data(), places.size()}; }

inline reading read_at(reading_log& log, log_place place) {
  reading found;
  REQUIRE(log.read(place, found) == status::ok);
  return found;
}

/// The sequences of the next batch, each of whose readings is as it was when it was appended.
inline std::vector<std::uint64_t> next_sequences(reading_log& log, std::size_t most = most_readings_in_batch) {
  std::vector<std::uint64_t> sequences;
  for (const auto place : next_places(log, most)) {
    const reading found = read_at(log, place);
    REQUIRE(same(found, reading_of(found.boot_id, found.sequence)));
    sequences.push_back(found.sequence);
  }
  return sequences;
}

/// Everything that waits, whichever boot it is of; the flash is afterwards as it was.
inline std::vector<reading> everything_waiting(const reading_log& log, nor_flash& flash) {
  std::vector<reading> waiting;
  std::set<std::pair<std::uint32_t, std::uint16_t>> seen;
  std::optional<nor_flash> before;
  reading_log copy = log;
  for (;;) {
    const auto places = next_places(copy, flash.cells.size() / slot_size);
    std::set<std::pair<std::uint32_t, std::uint16_t>> batch;
    for (const auto place : places) {
      if (!batch.insert({place.sector_serial, place.slot}).second) FAIL("twice in a batch");
      // Bits that flicker may hide a reading when it is looked at again, or from its receipt.
      reading found;
      const auto read = copy.read(place, found);
      if (read == status::ok && seen.insert({place.sector_serial, place.slot}).second) waiting.push_back(found);
    }
    if (places.empty() || (waiting.size() == log.pending() && !flash.is_unsteady())) break;
    if (!before) before = flash;
    REQUIRE(copy.free(all_of(places)) == status::ok);
  }
  if (before) flash = *before;
  return waiting;
}

inline void append_many(reading_log& log, std::uint64_t boot_id, std::uint64_t first, std::uint64_t last) {
  for (auto sequence = first; sequence <= last; ++sequence) {
    REQUIRE(log.append(reading_of(boot_id, sequence)) == status::ok);
  }
}

/// Frees all that waits.
inline void free_all(reading_log& log) {
  while (log.pending() > 0) REQUIRE(log.free(all_of(next_places(log))) == status::ok);
}

}  // namespace sealpost::test
