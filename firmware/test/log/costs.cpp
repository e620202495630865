#include <numeric>

#include "log/readings.hpp"

namespace sealpost::test {
namespace {

constexpr std::uint32_t usual_sectors = 320;

std::uint64_t reads_of_next_batch(reading_log& log, nor_flash& flash) {
  const auto before = flash.reads;
  REQUIRE_FALSE(next_places(log).empty());
  return flash.reads - before;
}

void free_next(reading_log& log) { REQUIRE(log.free(all_of(next_places(log))) == status::ok); }

TEST_CASE("an append takes one read and a batch of one reading two, whatever was receipted before") {
  nor_flash flash(usual_sectors);
  auto log = mounted(flash);
  for (std::uint64_t sequence = 1; sequence <= 330 * slots_in_sector; ++sequence) {
    const auto reads = flash.reads;
    const auto programs = flash.programs;
    append_many(log, 1, sequence, sequence);
    const bool opens_sector = flash.programs - programs == 2;
    REQUIRE(opens_sector == (sequence % slots_in_sector == 1));
    REQUIRE(flash.reads - reads <= (opens_sector ? 50 : 1));
    REQUIRE(reads_of_next_batch(log, flash) == 2);
    free_next(log);
  }
  auto again = mounted(flash);
  append_many(again, 2, 1, 1);
  CHECK(reads_of_next_batch(again, flash) == 2);
}

TEST_CASE("a backlog of an earlier boot does not slow the current boot's readings down") {
  nor_flash flash(usual_sectors);
  auto log = mounted(flash);
  append_many(log, 1, 1, 5000);
  for (std::uint64_t sequence = 1; sequence <= 500; ++sequence) {
    append_many(log, 2, sequence, sequence);
    REQUIRE(reads_of_next_batch(log, flash) <= 3);
    free_next(log);
  }
  CHECK(log.pending() == 5000);
}

TEST_CASE("a long backlog goes out at no more than four reads a reading") {
  for (const std::uint64_t boots : {std::uint64_t{1}, std::uint64_t{10}, std::uint64_t{1000}}) {
    nor_flash flash(usual_sectors);
    auto log = mounted(flash);
    for (std::uint64_t boot = 1; boot <= boots; ++boot) append_many(log, boot, 1, 5000 / boots);
    std::uint64_t most = 0;
    const auto before = flash.reads;
    std::uint64_t batches = 0;
    std::uint64_t in_free = 0;
    for (; log.pending() > 0; ++batches) {
      most = std::max(most, reads_of_next_batch(log, flash));
      const auto places = next_places(log);
      const auto so_far = flash.reads;
      REQUIRE(log.free(all_of(places)) == status::ok);
      in_free += flash.reads - so_far;
    }
    CAPTURE(boots);
    CHECK(most <= 4 * 64);
    CHECK(in_free >= 2 * 5000);
    // When nothing seems to be left, it looks.
    CHECK(in_free <= 2 * 5000 + 64);
    // Each batch was asked for twice.
    CHECK((flash.reads - before - in_free) / 2 <= 2 * 5000 + 3 * batches);
  }
}

TEST_CASE("a day without the server drains at a batch for each new reading, with bounded reads") {
  nor_flash flash(usual_sectors);
  auto log = mounted(flash);
  append_many(log, 1, 1, 8640);
  std::uint64_t most = 0;
  std::uint64_t sequence = 8640;
  while (log.pending() > 0) {
    sequence += 1;
    append_many(log, 1, sequence, sequence);
    most = std::max(most, reads_of_next_batch(log, flash));
    free_next(log);
  }
  MESSAGE("drained after " << sequence - 8640 << " readings more, at most " << most << " reads for a batch");
  // The last batch passes over the readings that led the ones before it.
  CHECK(most <= 64 + 64 + (sequence - 8640));
}

TEST_CASE("a mount reads each header and each slot once") {
  nor_flash flash(usual_sectors);
  auto log = mounted(flash);
  CHECK(flash.reads == 320);
  append_many(log, 1, 1, 320 * 46);
  const auto reads = flash.reads;
  const auto bytes = flash.bytes_read;
  const auto again = mounted(flash);
  CHECK(again.pending() == 319 * 46);
  MESSAGE("a mount of 1.25 MB: " << flash.reads - reads << " reads, " << flash.bytes_read - bytes << " bytes");
  CHECK(flash.reads - reads == 320 + 1 + 319 * 46);
}

TEST_CASE("a month at a reading each 10 seconds wears all sectors alike") {
  constexpr std::uint64_t days = 30;
  constexpr std::uint64_t readings_a_day = 8640;
  nor_flash flash(usual_sectors);
  auto log = mounted(flash);
  for (std::uint64_t sequence = 1; sequence <= days * readings_a_day; ++sequence) {
    REQUIRE(log.append(reading_of(1, sequence)) == status::ok);
    std::array<log_place, most_readings_in_batch> places;
    std::size_t count = 0;
    REQUIRE(log.next_batch(places, count) == status::ok);
    REQUIRE(count == 1);
    REQUIRE(log.free(span<const log_place>(places).first(count)) == status::ok);
  }
  CHECK(log.pending() == 0);
  CHECK(log.dropped() == 0);
  const auto [least, most] = std::minmax_element(flash.erases.begin(), flash.erases.end());
  CHECK(*most - *least <= 1);
  const auto erased = std::accumulate(flash.erases.begin(), flash.erases.end(), 0.0);
  const double erased_a_day = erased / days;
  MESSAGE("a day: " << static_cast<double>(flash.bytes_programmed) / days << " bytes programmed in "
                    << static_cast<double>(flash.programs) / days << " calls, "
                    << static_cast<double>(flash.reads) / days << " reads, " << erased_a_day
                    << " sectors erased; 100,000 erases of a sector take "
                    << 100'000.0 * usual_sectors / erased_a_day / 365.25 << " years");
  CHECK(erased_a_day < 189);
  CHECK(static_cast<double>(flash.bytes_programmed) / days < 8640.0 * 90);
}

}  // namespace
}  // namespace sealpost::test
