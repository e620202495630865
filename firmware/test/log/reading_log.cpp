#include "sealpost/log/reading_log.hpp"

#include "log/readings.hpp"

namespace sealpost::test {
namespace {

using sequences = std::vector<std::uint64_t>;

sequences range(std::uint64_t first, std::uint64_t last) {
  sequences all;
  for (auto sequence = first; sequence <= last; ++sequence) all.push_back(sequence);
  return all;
}

sequences with(sequences first, const sequences& rest) {
  first.insert(first.end(), rest.begin(), rest.end());
  return first;
}

TEST_CASE("an erased partition is an empty log") {
  nor_flash flash(4);
  auto log = mounted(flash);
  CHECK(log.pending() == 0);
  CHECK(log.dropped() == 0);
  CHECK(log.capacity() == 2 * 46);
  CHECK(next_places(log).empty());
  CHECK(flash.programs == 0);
}

TEST_CASE("a partition of 1.25 MB keeps more than 24 hours of readings at one each 10 seconds") {
  nor_flash flash(320);
  CHECK(mounted(flash).capacity() == 14'628);
  CHECK(14'628 * 10 > 40 * 3600);
}

TEST_CASE("a log takes 4 to 1024 whole sectors and nothing else") {
  for (const std::uint32_t sectors : {0U, 3U, 1025U}) {
    nor_flash flash(sectors);
    reading_log log(flash);
    CHECK(log.mount() == status::no_room);
    CHECK(log.append(reading_of(1, 1)) == status::flash_failed);
    CHECK(next_places(log).empty());
    reading found;
    CHECK(log.read({}, found) == status::not_found);
    CHECK(log.free(all_of({log_place{}})) == status::ok);
    CHECK(log.capacity() == 0);
  }
  for (const std::uint32_t sectors : {4U, 5U, 1024U}) {
    nor_flash flash(sectors);
    CHECK(mounted(flash).capacity() == (sectors - 2) * 46);
  }
  nor_flash ragged(8);
  ragged.cells.resize(8 * flash::sector_size - 4);
  CHECK(reading_log(ragged).mount() == status::no_room);
}

TEST_CASE("what was appended is there when the board starts again") {
  nor_flash flash(4);
  {
    auto log = mounted(flash);
    append_many(log, 1, 1, 3);
  }
  auto log = mounted(flash);
  CHECK(log.pending() == 3);
  CHECK(next_sequences(log) == sequences{3, 1, 2});
}

TEST_CASE("the newest reading leads, then come those that wait longest") {
  nor_flash flash(8);
  auto log = mounted(flash);
  append_many(log, 1, 1, 100);
  CHECK(next_sequences(log) == with({100}, range(1, 63)));
  CHECK(next_sequences(log, 1) == sequences{100});
  CHECK(next_sequences(log, 2) == sequences{100, 1});
  REQUIRE(log.free(all_of(next_places(log))) == status::ok);
  CHECK(log.pending() == 36);
  CHECK(next_sequences(log) == range(64, 99));
  append_many(log, 1, 101, 101);
  CHECK(next_sequences(log) == with({101}, range(64, 99)));
}

TEST_CASE("a batch is of one boot: the newest reading's, and without it the oldest one's") {
  nor_flash flash(8);
  auto log = mounted(flash);
  append_many(log, 1, 1, 70);
  append_many(log, 2, 1001, 1002);
  append_many(log, 3, 2001, 2002);
  CHECK(next_sequences(log) == sequences{2002, 2001});
  REQUIRE(log.free(all_of(next_places(log))) == status::ok);
  CHECK(next_sequences(log) == range(1, 64));
  REQUIRE(log.free(all_of(next_places(log))) == status::ok);
  CHECK(next_sequences(log) == range(65, 70));
  REQUIRE(log.free(all_of(next_places(log))) == status::ok);
  CHECK(next_sequences(log) == sequences{1001, 1002});
  REQUIRE(log.free(all_of(next_places(log))) == status::ok);
  CHECK(log.pending() == 0);
  CHECK(next_places(log).empty());
}

TEST_CASE("exactly the readings that are freed go, each once") {
  nor_flash flash(8);
  auto log = mounted(flash);
  append_many(log, 1, 1, 10);
  const auto places = next_places(log);
  REQUIRE(log.free(all_of({places[0], places[3], places[3], places[5]})) == status::ok);
  REQUIRE(log.free(all_of({places[3]})) == status::ok);
  CHECK(log.pending() == 7);
  CHECK(next_sequences(log) == sequences{1, 2, 4, 6, 7, 8, 9});
  auto again = mounted(flash);
  CHECK(again.pending() == 7);
  CHECK(next_sequences(again) == sequences{1, 2, 4, 6, 7, 8, 9});
}

TEST_CASE("a receipted reading can still be read until its sector goes") {
  nor_flash flash(4);
  auto log = mounted(flash);
  append_many(log, 1, 1, 1);
  const auto place = next_places(log)[0];
  free_all(log);
  CHECK(same(read_at(log, place), reading_of(1, 1)));
  append_many(log, 1, 2, 3 * 46 + 1);
  reading found;
  CHECK(log.read(place, found) == status::not_found);
}

TEST_CASE("places that name nothing are passed over and change nothing") {
  nor_flash flash(4);
  auto log = mounted(flash);
  append_many(log, 1, 1, 5);
  const auto before = flash.cells;
  const auto place = next_places(log)[0];
  for (const log_place nothing : {log_place{}, log_place{place.sector_serial, 5}, log_place{place.sector_serial, 46},
                                  log_place{place.sector_serial, 0xFFFF}, log_place{place.sector_serial + 1, 0},
                                  log_place{place.sector_serial - 1, 0}, log_place{0xFFFFFFFF, 0}}) {
    CHECK(log.free(all_of({nothing})) == status::ok);
    reading found;
    CHECK(log.read(nothing, found) == status::not_found);
  }
  CHECK(flash.cells == before);
  CHECK(log.pending() == 5);
}

TEST_CASE("a full ring drops its oldest sector, and counts the readings that were not receipted") {
  nor_flash flash(4);
  auto log = mounted(flash);
  append_many(log, 1, 1, 3 * 46 - 10);
  REQUIRE(log.free(all_of(next_places(log, 17))) == status::ok);
  append_many(log, 1, 3 * 46 - 9, 3 * 46);
  CHECK(log.dropped() == 0);
  CHECK(log.pending() == 3 * 46 - 17);
  append_many(log, 1, 3 * 46 + 1, 3 * 46 + 1);
  CHECK(log.dropped() == 46 - 16);
  CHECK(log.pending() == 2 * 46);
  append_many(log, 1, 3 * 46 + 2, 5 * 46);
  CHECK(log.dropped() == 46 - 16 + 46);
  CHECK(log.pending() == 3 * 46 - 1);
  auto again = mounted(flash);
  CHECK(again.dropped() == 46 - 16 + 46);
  CHECK(again.pending() == 3 * 46 - 1);
  // Reading 128 led a batch, and has gone.
  CHECK(next_sequences(again, 1000) == with(with({5 * 46}, range(2 * 46 + 1, 127)), range(129, 5 * 46 - 1)));
}

TEST_CASE("a place in a dropped sector frees nothing of what came into it") {
  nor_flash flash(4);
  auto log = mounted(flash);
  append_many(log, 1, 1, 46);
  const auto places = next_places(log);
  append_many(log, 1, 47, 6 * 46);
  const auto before = flash.cells;
  const auto pending = log.pending();
  REQUIRE(log.free(all_of(places)) == status::ok);
  CHECK(flash.cells == before);
  CHECK(log.pending() == pending);
}

TEST_CASE("at least the promised number of readings stays, however far the ring has turned") {
  nor_flash flash(4);
  auto log = mounted(flash);
  for (std::uint64_t sequence = 1; sequence <= 1000; ++sequence) {
    append_many(log, 1, sequence, sequence);
    REQUIRE(log.pending() >= std::min<std::uint64_t>(sequence, log.capacity()));
    REQUIRE(log.pending() + log.dropped() == sequence);
  }
}

TEST_CASE("a partition that was used with another size is an empty log, and works") {
  for (const auto& [before, after] : {std::pair{8U, 4U}, std::pair{4U, 8U}, std::pair{5U, 7U}}) {
    nor_flash flash(before);
    {
      auto log = mounted(flash);
      append_many(log, 1, 1, 46 * 12);
    }
    flash.cells.resize(std::size_t{after} * flash::sector_size, 0xFF);
    flash.erases.resize(after, 0);
    auto log = mounted(flash);
    CHECK(log.pending() == 0);
    CHECK(log.dropped() == 0);
    append_many(log, 2, 1, 46 * 12);
    CHECK(mounted(flash).pending() == log.pending());
    CHECK(log.pending() + log.dropped() == 46 * 12);
  }
}

TEST_CASE("a sector that stands where it does not belong is rubbish") {
  nor_flash flash(6);
  auto log = mounted(flash);
  append_many(log, 1, 1, 2 * 46 + 3);
  // The newest of a log that has gone further comes from a board whose flash was copied in part.
  nor_flash other(6);
  auto other_log = mounted(other);
  append_many(other_log, 2, 1, 9 * 46 + 3);
  std::copy_n(other.cells.begin() + 3 * flash::sector_size, flash::sector_size,
              flash.cells.begin() + 5 * flash::sector_size);
  auto again = mounted(flash);
  CHECK(again.pending() == 2 * 46 + 3);
  CHECK(next_sequences(again, 2) == sequences{2 * 46 + 3, 1});
}

TEST_CASE("two logs of the same readings have the same bytes") {
  nor_flash one(4);
  nor_flash other(4);
  auto log = mounted(one);
  auto same_log = mounted(other);
  append_many(log, 1, 1, 300);
  append_many(same_log, 1, 1, 300);
  CHECK(one.cells == other.cells);
}

}  // namespace
}  // namespace sealpost::test
