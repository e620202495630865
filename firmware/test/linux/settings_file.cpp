#include "linux/settings_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "place.hpp"

namespace sealpost::test {
namespace {

using byte_string = std::vector<std::uint8_t>;

bytes view(const byte_string& text) { return {text.data(), text.size()}; }

byte_string value_of(settings& store, const char* key) {
  byte_string value(64);
  std::size_t size = 0;
  REQUIRE(store.read(key, {value.data(), value.size()}, size) == status::ok);
  value.resize(size);
  return value;
}

}  // namespace

TEST_CASE("settings outlive the program that wrote them") {
  const place here;
  std::string problem;
  {
    posix::settings_file store;
    REQUIRE(store.open(here / "settings", problem));
    CHECK(store.write("boots", view({0, 1, 0xfe, 0xff})) == status::ok);
    CHECK(store.write("fifteen-letters", view({})) == status::ok);
    CHECK(store.write("gone", view({7})) == status::ok);
    CHECK(store.erase("gone") == status::ok);
    CHECK(store.write("boots", view({0, 2, 0xfe, 0xff})) == status::ok);
  }
  CHECK(text_of(here / "settings") == "boots 0002feff\nfifteen-letters \n");
  posix::settings_file store;
  REQUIRE(store.open(here / "settings", problem));
  CHECK(value_of(store, "boots") == byte_string{0, 2, 0xfe, 0xff});
  CHECK(value_of(store, "fifteen-letters").empty());
  std::array<std::uint8_t, 3> small{};
  std::size_t size = 99;
  CHECK(store.read("boots", small, size) == status::no_room);
  CHECK(store.read("gone", small, size) == status::not_found);
  CHECK(store.erase("gone") == status::not_found);
  CHECK(store.write("sixteen-letters-", view({1})) == status::no_room);
  CHECK(size == 99);
}

TEST_CASE("only the owner can reach the settings") {
  const place here;
  std::string problem;
  posix::settings_file store;
  REQUIRE(store.open(here / "settings", problem));
  REQUIRE(store.write("key", view({1})) == status::ok);
  struct stat about{};
  REQUIRE(stat((here / "settings").c_str(), &about) == 0);
  CHECK((about.st_mode & 0777U) == 0600U);
}

TEST_CASE("a write that fails leaves the settings as they were") {
  const place here;
  std::string problem;
  posix::settings_file store;
  REQUIRE(store.open(here / "settings", problem));
  REQUIRE(store.write("boots", view({1})) == status::ok);
  // The new file has no place to be written to.
  std::filesystem::create_directory(here / "settings.new");
  CHECK(store.write("boots", view({2})) == status::flash_failed);
  CHECK(store.erase("boots") == status::flash_failed);
  CHECK(value_of(store, "boots") == byte_string{1});
  CHECK(text_of(here / "settings") == "boots 01\n");
}

TEST_CASE("a file that holds no settings is refused with what to do") {
  const place here;
  for (const char* const text : {"boots", "boots 0", "boots 0G", "boots 00 01", " 00", "sixteen-letters- 00", "\n"}) {
    write_text(here / "settings", text);
    posix::settings_file store;
    std::string problem;
    CHECK_FALSE(store.open(here / "settings", problem));
    CHECK(problem == here / "settings" + " can't be read as a board's settings: remove it to begin without any");
  }
}

}  // namespace sealpost::test
