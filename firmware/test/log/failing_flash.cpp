#include "log/readings.hpp"

namespace sealpost::test {
namespace {

std::uint32_t sector_of(std::uint32_t offset) { return offset / flash::sector_size; }

TEST_CASE("flash that can't be read makes no log, and no hole in one") {
  nor_flash flash(4);
  auto log = mounted(flash);
  append_many(log, 1, 1, 60);
  const auto before = flash.cells;
  flash.fails = true;
  reading_log unreadable(flash);
  CHECK(unreadable.mount() == status::flash_failed);
  CHECK(log.append(reading_of(1, 61)) == status::flash_failed);
  std::array<log_place, 64> places;
  std::size_t count = 1;
  CHECK(log.next_batch(places, count) == status::flash_failed);
  flash.fails = false;
  // The one that had failed to mount takes nothing, for it knows of nothing that it must not overwrite.
  CHECK(unreadable.append(reading_of(2, 1)) == status::flash_failed);
  CHECK(flash.cells == before);
  CHECK(mounted(flash).pending() == 60);
}

TEST_CASE("a slot that takes nothing, or not everything, is passed over") {
  nor_flash flash(4);
  // The second slot keeps none of its bytes, the fourth loses one.
  flash.takes_nothing = [](std::uint32_t offset) {
    return (offset >= 48 + 88 && offset < 48 + 2 * 88) || offset == 48 + 3 * 88 + 4;
  };
  auto log = mounted(flash);
  append_many(log, 1, 1, 10);
  CHECK(log.pending() == 10);
  CHECK(next_places(log)[0].slot == 11);
  CHECK(next_sequences(log) == std::vector<std::uint64_t>{10, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  auto again = mounted(flash);
  CHECK(again.pending() == 10);
  CHECK(next_sequences(again) == std::vector<std::uint64_t>{10, 1, 2, 3, 4, 5, 6, 7, 8, 9});
}

TEST_CASE("a reading whose slot reads wrong once is not there twice when it reads well later") {
  nor_flash flash(4);
  auto log = mounted(flash);
  append_many(log, 1, 1, 3);
  // Its first byte is slow, and arrives after it was read back.
  const std::uint32_t slow = 48 + 3 * 88;
  std::uint8_t late = 0;
  flash.takes_nothing = [&](std::uint32_t offset) { return offset == slow; };
  append_many(log, 1, 4, 4);
  slot_image image;
  encode_slot(reading_of(1, 4), 4, image);
  late = image[0];
  flash.cells[slow] = late;
  auto again = mounted(flash);
  CHECK(again.pending() == 4);
  CHECK(next_sequences(again) == std::vector<std::uint64_t>{4, 1, 2, 3});
}

TEST_CASE("a sector that does not erase is passed over, lap after lap") {
  nor_flash flash(6);
  flash.refuses_to_erase = [](std::uint32_t sector) { return sector == 2; };
  std::fill_n(flash.cells.begin() + 2 * flash::sector_size, flash::sector_size, std::uint8_t{0x55});
  auto log = mounted(flash);
  for (std::uint64_t sequence = 1; sequence <= 46 * 20; ++sequence) {
    append_many(log, 1, sequence, sequence);
    REQUIRE(log.pending() + log.dropped() == sequence);
    // One sector less.
    REQUIRE(log.pending() >= std::min<std::uint64_t>(sequence, 3 * 46));
  }
  auto again = mounted(flash);
  CHECK(again.pending() == log.pending());
  CHECK(again.dropped() == log.dropped());
  CHECK(next_sequences(again, 1000) == next_sequences(log, 1000));
}

TEST_CASE("a sector that went bad with readings in it gives them until its turn comes") {
  nor_flash flash(6);
  auto log = mounted(flash);
  append_many(log, 1, 1, 46 * 5);
  flash.refuses_to_erase = [](std::uint32_t sector) { return sector == 1; };
  append_many(log, 1, 46 * 5 + 1, 46 * 7 + 1);
  auto again = mounted(flash);
  CHECK(again.pending() == log.pending());
  CHECK(again.dropped() == log.dropped());
  CHECK(log.pending() + log.dropped() == 46 * 7 + 1);
  // The one opening has taken the readings of sectors 2 and 3.
  CHECK(next_sequences(again, 2) == std::vector<std::uint64_t>{46 * 7 + 1, 46 * 4 + 1});
}

TEST_CASE("a sector that takes a header and no reading is passed over within one append") {
  nor_flash flash(5);
  flash.takes_nothing = [](std::uint32_t offset) { return sector_of(offset) == 1 && offset % 4096 >= 48; };
  auto log = mounted(flash);
  append_many(log, 1, 1, 46 * 3);
  CHECK(log.pending() == 46 * 3);
  CHECK(flash.erases == std::vector<std::uint32_t>{1, 1, 1, 1, 0});
  CHECK(mounted(flash).pending() == 46 * 3);
}

TEST_CASE("flash that takes nothing at all says so, within bounds, and what it holds stays readable") {
  nor_flash flash(16);
  auto log = mounted(flash);
  append_many(log, 1, 1, 46 * 15);
  flash.takes_nothing = [](std::uint32_t) { return true; };
  const auto started = flash.programs;
  for (int round = 0; round < 20; ++round) {
    const auto before = flash.programs;
    CHECK(log.append(reading_of(1, 10'000)) == status::flash_failed);
    CHECK(flash.programs - before <= 2 * 46 + 4);
  }
  CHECK(flash.programs - started < 20 * 5 + 2 * 46);
  // Looking for a sector that takes a header, it has erased three that had readings: the same three each time.
  CHECK(log.pending() == 46 * 12);
  CHECK(log.dropped() == 46 * 3);
  CHECK(next_sequences(log, 2) == std::vector<std::uint64_t>{46 * 15, 46 * 3 + 1});
  flash.takes_nothing = [](std::uint32_t) { return false; };
  append_many(log, 1, 46 * 15 + 1, 46 * 15 + 1);
  CHECK(log.pending() + log.dropped() == 46 * 15 + 1);
  CHECK(mounted(flash).pending() == log.pending());
  CHECK(mounted(flash).dropped() == log.dropped());
}

TEST_CASE("flash that erases nothing keeps every reading that it has") {
  nor_flash flash(8);
  auto log = mounted(flash);
  append_many(log, 1, 1, 46 * 7);
  flash.refuses_to_erase = [](std::uint32_t) { return true; };
  const auto pending = log.pending();
  CHECK(log.append(reading_of(1, 10'000)) == status::flash_failed);
  CHECK(log.append(reading_of(1, 10'001)) == status::flash_failed);
  CHECK(log.pending() == pending);
  CHECK(log.dropped() == 0);
  CHECK(mounted(flash).pending() == pending);
  free_all(log);
  CHECK(mounted(flash).pending() == 0);
}

TEST_CASE("a receipt that can't be marked is an error, and the others are marked") {
  nor_flash flash(4);
  auto log = mounted(flash);
  append_many(log, 1, 1, 5);
  const std::uint32_t mark_of_third = 48 + 2 * 88 + 84;
  flash.takes_nothing = [&](std::uint32_t offset) { return offset >= mark_of_third && offset < mark_of_third + 4; };
  CHECK(log.free(all_of(next_places(log))) == status::flash_failed);
  CHECK(log.pending() == 1);
  CHECK(next_sequences(log) == std::vector<std::uint64_t>{3});
  // Two of its four bytes are half of its bits, and enough.
  flash.takes_nothing = [&](std::uint32_t offset) { return offset == mark_of_third || offset == mark_of_third + 3; };
  CHECK(log.free(all_of(next_places(log))) == status::ok);
  CHECK(log.pending() == 0);
  CHECK(mounted(flash).pending() == 0);
}

}  // namespace
}  // namespace sealpost::test
