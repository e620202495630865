#include "linux/nor_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>

#include "place.hpp"
#include "sealpost/log/reading_log.hpp"

namespace sealpost::test {
namespace {

using byte_string = std::vector<std::uint8_t>;

constexpr std::uint32_t four_sectors = 4 * flash::sector_size;

bytes view(const byte_string& text) { return {text.data(), text.size()}; }

void open_flash(posix::nor_file& flash, const std::string& path) {
  std::string problem;
  REQUIRE(flash.open(path, four_sectors, problem));
  flash.leave_to_page_cache();
}

byte_string read_from(flash& flash, std::uint32_t offset, std::size_t size) {
  byte_string data(size);
  REQUIRE(flash.read(offset, {data.data(), data.size()}) == status::ok);
  return data;
}

int ones_of(const byte_string& data) {
  int ones = 0;
  for (const std::uint8_t byte : data) {
    for (unsigned bit = 0; bit < 8; ++bit) ones += (byte >> bit) & 1;
  }
  return ones;
}

reading reading_number(std::uint64_t sequence) {
  reading made;
  made.boot_id = 1;
  made.sequence = sequence;
  return made;
}

}  // namespace

TEST_CASE("a new flash is erased, has its size, and is its owner's alone") {
  const place here;
  std::string problem;
  {
    posix::nor_file flash;
    REQUIRE(flash.open(here / "flash", four_sectors, problem));
    CHECK(flash.size() == four_sectors);
  }
  CHECK(text_of(here / "flash") == std::string(four_sectors, '\xff'));
  struct stat found{};
  REQUIRE(stat((here / "flash").c_str(), &found) == 0);
  CHECK((found.st_mode & 07777) == 0600);
}

TEST_CASE("what was programmed and erased is there when the flash is opened again") {
  const place here;
  std::string problem;
  {
    posix::nor_file flash;
    REQUIRE(flash.open(here / "flash", four_sectors, problem));
    CHECK(flash.program(4100, view({1, 2, 3})) == status::ok);
    CHECK(flash.program(8192, view({4})) == status::ok);
    CHECK(flash.erase_sector(8192) == status::ok);
  }
  posix::nor_file flash;
  open_flash(flash, here / "flash");
  CHECK(read_from(flash, 4099, 5) == byte_string{0xff, 1, 2, 3, 0xff});
  CHECK(read_from(flash, 8192, 4096) == byte_string(4096, 0xff));
}

TEST_CASE("a flash does not program zeros into ones, and counts who tries") {
  const place here;
  posix::nor_file flash;
  open_flash(flash, here / "flash");
  CHECK(flash.program(100, view({0xf0, 0x0f})) == status::ok);
  CHECK(flash.program(100, view({0x30, 0x1f})) == status::flash_failed);
  CHECK(read_from(flash, 100, 2) == byte_string{0xf0, 0x0f});
  CHECK(flash.refused() == 1);
  CHECK(flash.program(100, view({0x30, 0x0f})) == status::ok);
  CHECK(read_from(flash, 100, 2) == byte_string{0x30, 0x0f});
  CHECK(flash.refused() == 1);
}

TEST_CASE("a flash has nothing beyond its end, and erases only where a sector begins") {
  const place here;
  posix::nor_file flash;
  open_flash(flash, here / "flash");
  byte_string two(2);
  CHECK(flash.read(four_sectors - 1, {two.data(), two.size()}) == status::flash_failed);
  CHECK(flash.read(0xFFFFFFFF, {two.data(), two.size()}) == status::flash_failed);
  CHECK(flash.program(four_sectors - 1, view({0, 0})) == status::flash_failed);
  CHECK(flash.erase_sector(four_sectors) == status::flash_failed);
  CHECK(flash.erase_sector(4) == status::flash_failed);
  CHECK(text_of(here / "flash") == std::string(four_sectors, '\xff'));
}

TEST_CASE("a flash of another size, of half a sector, or of another board is refused with the reason") {
  const place here;
  std::string problem;
  posix::nor_file flash;
  open_flash(flash, here / "flash");

  posix::nor_file second;
  CHECK_FALSE(second.open(here / "flash", four_sectors, problem));
  CHECK(problem == here / "flash" + " is the flash of a board that is running: give each its own --flash");

  write_text(here / "other", std::string(8192, 'x'));
  posix::nor_file other;
  CHECK_FALSE(other.open(here / "other", four_sectors, problem));
  CHECK(problem == here / "other" + " is not a flash of 16384 bytes: give its --flash-size, or another file");
  CHECK(text_of(here / "other") == std::string(8192, 'x'));

  posix::nor_file ragged;
  CHECK_FALSE(ragged.open(here / "ragged", 4097, problem));
  CHECK(problem == "a flash has whole sectors of 4096 bytes, not 4097 bytes");
  CHECK_FALSE(std::filesystem::exists(here / "ragged"));

  posix::nor_file nowhere;
  CHECK_FALSE(nowhere.open(here / "no/flash", four_sectors, problem));
  CHECK(problem == here / "no/flash" + " can't be opened as flash: No such file or directory");
}

TEST_CASE("power goes in the middle of a byte, and nothing works after that") {
  const place here;
  const byte_string zeros(10, 0);
  int some_but_not_all = 0;
  for (std::uint64_t after = 0; after < 10; ++after) {
    const std::string path = here / std::to_string(after);
    {
      posix::nor_file flash;
      open_flash(flash, path);
      int gone = 0;
      flash.cut_power_after(5 + after, [&gone] { gone += 1; });
      CHECK(flash.program(0, view({0, 0, 0, 0, 0})) == status::ok);
      CHECK(flash.program(100, view(zeros)) == status::flash_failed);
      CHECK(gone == 1);
      CHECK(flash.program(200, view(zeros)) == status::flash_failed);
      CHECK(flash.erase_sector(0) == status::flash_failed);
      byte_string one(1);
      CHECK(flash.read(0, {one.data(), one.size()}) == status::flash_failed);
      CHECK(gone == 1);
    }
    posix::nor_file flash;
    open_flash(flash, path);
    const byte_string left = read_from(flash, 100, 10);
    CHECK(ones_of({left.begin(), left.begin() + static_cast<std::ptrdiff_t>(after)}) == 0);
    const int torn = ones_of({left[after]});
    some_but_not_all += torn > 0 && torn < 8 ? 1 : 0;
    CHECK(ones_of({left.begin() + static_cast<std::ptrdiff_t>(after) + 1, left.end()}) ==
          8 * (9 - static_cast<int>(after)));
  }
  CHECK(some_but_not_all > 5);
}

TEST_CASE("power that goes during an erase leaves a part of each") {
  const place here;
  {
    posix::nor_file flash;
    open_flash(flash, here / "flash");
    const byte_string zeros(flash::sector_size, 0);
    CHECK(flash.program(4096, view(zeros)) == status::ok);
    flash.cut_power_after(1024, [] {});
    CHECK(flash.erase_sector(4096) == status::flash_failed);
  }
  posix::nor_file flash;
  open_flash(flash, here / "flash");
  const int ones = ones_of(read_from(flash, 4096, flash::sector_size));
  // About a quarter.
  CHECK(ones > 7000);
  CHECK(ones < 9400);
}

TEST_CASE("a log in a file survives a power cut at any byte, and never asks for what flash can't do") {
  const place here;
  constexpr std::uint64_t readings = 3 * slots_in_sector + 8;
  int cuts = 0;
  // Through three sectors and an opening that drops the first.
  for (std::uint64_t after = 0;; after += 211) {
    const std::string path = here / std::to_string(after);
    std::uint64_t kept = 0;
    bool is_gone = false;
    {
      posix::nor_file flash;
      open_flash(flash, path);
      flash.cut_power_after(after, [&is_gone] { is_gone = true; });
      reading_log log(flash);
      REQUIRE(log.mount() == status::ok);
      while (kept < readings && log.append(reading_number(kept + 1)) == status::ok) kept += 1;
      CHECK(flash.refused() == 0);
    }
    if (!is_gone) break;
    cuts += 1;
    posix::nor_file flash;
    open_flash(flash, path);
    reading_log log(flash);
    REQUIRE(log.mount() == status::ok);
    const std::uint64_t found = log.pending() + log.dropped();
    CHECK(found >= kept);
    CHECK(found <= kept + 1);
    CHECK(log.append(reading_number(kept + 2)) == status::ok);
    CHECK(log.pending() + log.dropped() == found + 1);
    CHECK(flash.refused() == 0);
    std::filesystem::remove(path);
  }
  CHECK(cuts > 100);
}

}  // namespace sealpost::test
