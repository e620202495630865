#include <map>

#include "log/readings.hpp"

namespace sealpost::test {
namespace {

/// What waits in a log of one boot, by the offset of its slot.
std::map<std::size_t, std::uint64_t> waiting_by_offset(reading_log& log, const nor_flash& flash) {
  std::map<std::size_t, std::uint64_t> waiting;
  const auto sectors = flash.cells.size() / flash::sector_size;
  for (const auto place : next_places(log, flash.cells.size() / slot_size)) {
    const auto offset =
        place.sector_serial % sectors * flash::sector_size + sector_header_size + place.slot * slot_size;
    const reading found = read_at(log, place);
    REQUIRE(same(found, reading_of(1, found.sequence)));
    REQUIRE(waiting.emplace(offset, found.sequence).second);
  }
  REQUIRE(waiting.size() == log.pending());
  return waiting;
}

void flip(nor_flash& flash, std::size_t bit) { flash.cells[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8)); }

TEST_CASE("a decayed bit costs the reading that it is in, and no other") {
  nor_flash flash(4);
  flash.is_decayed = true;
  auto log = mounted(flash);
  append_many(log, 1, 1, 5 * 46 + 20);
  for (int batches = 0; batches < 2; ++batches) REQUIRE(log.free(all_of(next_places(log, 20))) == status::ok);
  const auto before = waiting_by_offset(log, flash);
  const auto cells = flash.cells;
  REQUIRE(log.dropped() == 3 * 46);

  std::vector<std::size_t> bits;
  for (std::size_t sector = 0; sector < 4; ++sector) {
    for (std::size_t bit = 0; bit < sector_header_size * 8; ++bit)
      bits.push_back(sector * flash::sector_size * 8 + bit);
  }
  std::mt19937 random(1);
  for (int i = 0; i < 6000; ++i) bits.push_back(random() % (cells.size() * 8));
  int lost = 0;
  for (const auto bit : bits) {
    CAPTURE(bit);
    flash.cells = cells;
    flip(flash, bit);
    auto decayed = mounted(flash);
    auto expected = before;
    const auto now = waiting_by_offset(decayed, flash);
    for (const auto& [offset, sequence] : before) {
      const bool is_in_it = bit / 8 >= offset && bit / 8 < offset + slot_body_size;
      if (is_in_it) lost += static_cast<int>(expected.erase(offset));
    }
    REQUIRE(now == expected);
    REQUIRE(decayed.dropped() == log.dropped());
    append_many(decayed, 1, 1000, 1000);
    REQUIRE(next_sequences(decayed, 1) == std::vector<std::uint64_t>{1000});
    // A decayed bit in an erased slot costs the room before it, which may mean the ring's next turn.
    const auto again = mounted(flash);
    REQUIRE(again.pending() + again.dropped() - log.dropped() == expected.size() + 1);
  }
  CHECK(lost > 1000);
}

TEST_CASE("bits that decay under a running log cost the readings that they are in, and it comes to an end") {
  nor_flash flash(4);
  flash.is_decayed = true;
  auto log = mounted(flash);
  append_many(log, 1, 1, 10);
  // Reading 5 while it waits, and the slot that the next one would take.
  flip(flash, (48 + 4 * 88 + 20) * 8);
  flip(flash, (48 + 10 * 88 + 20) * 8 + 1);
  append_many(log, 1, 11, 11);
  CHECK(next_sequences(log) == std::vector<std::uint64_t>{11, 1, 2, 3, 4, 6, 7, 8, 9, 10});
  log_place decayed = next_places(log)[1];
  decayed.slot = 4;
  reading found;
  CHECK(log.read(decayed, found) == status::malformed);
  REQUIRE(log.free(all_of(next_places(log))) == status::ok);
  // It was counted when it was whole.
  CHECK(log.pending() == 1);
  CHECK(next_places(log).empty());
  CHECK(log.pending() == 0);
}

TEST_CASE("a reading that was hidden from the mount, and is freed, hides no other") {
  nor_flash flash(4);
  {
    auto log = mounted(flash);
    append_many(log, 1, 1, 3);
  }
  const std::size_t bit = (48 + 88 + 20) * 8;
  flip(flash, bit);
  auto log = mounted(flash);
  CHECK(log.pending() == 2);
  flip(flash, bit);
  const auto places = next_places(log);
  REQUIRE(places.size() == 3);
  REQUIRE(log.free(all_of({places[0], places[2]})) == status::ok);
  CHECK(log.pending() == 1);
  CHECK(next_sequences(log) == std::vector<std::uint64_t>{1});
  append_many(log, 1, 4, 4);
  CHECK(next_sequences(log) == std::vector<std::uint64_t>{4, 1});
}

TEST_CASE("an image of anything mounts, and then the log works") {
  std::mt19937 random(1);
  nor_flash used(6);
  {
    auto log = mounted(used);
    append_many(log, 1, 1, 46 * 9 + 5);
    REQUIRE(log.free(all_of(next_places(log))) == status::ok);
  }
  const auto random_sector = [&](nor_flash& flash, std::size_t at) {
    const auto begin = flash.cells.begin() + static_cast<std::ptrdiff_t>(at * flash::sector_size);
    const auto end = begin + flash::sector_size;
    switch (random() % 5) {
      case 0:
        return;
      case 1:
        std::generate(begin, end, [&] { return static_cast<std::uint8_t>(random()); });
        return;
      case 2:
        std::fill(begin, end, std::uint8_t{0});
        return;
      case 3:
        std::fill(begin, end, std::uint8_t{0xFF});
        break;
      default:
        std::copy_n(used.cells.begin() + random() % 6 * flash::sector_size, flash::sector_size, begin);
        break;
    }
    for (auto flips = random() % 20; flips > 0; --flips) {
      flip(flash, (at * flash::sector_size + random() % flash::sector_size) * 8 + random() % 8);
    }
  };
  int with_readings = 0;
  for (int round = 0; round < 1000; ++round) {
    CAPTURE(round);
    nor_flash flash(6);
    flash.cells = used.cells;
    flash.is_decayed = true;
    for (std::size_t sector = 0; sector < 6; ++sector) random_sector(flash, sector);
    auto log = mounted(flash);
    with_readings += log.pending() > 0 ? 1 : 0;
    for (std::uint64_t sequence = 1; sequence <= 100; ++sequence) {
      append_many(log, 2, sequence, sequence);
      REQUIRE(next_sequences(log, 1) == std::vector<std::uint64_t>{sequence});
      if (random() % 4 == 0) REQUIRE(log.free(all_of(next_places(log))) == status::ok);
    }
    const auto again = mounted(flash);
    REQUIRE(again.pending() == log.pending());
    REQUIRE(again.dropped() == log.dropped());
    free_all(log);
    REQUIRE(mounted(flash).pending() == 0);
  }
  CHECK(with_readings > 300);
}

}  // namespace
}  // namespace sealpost::test
