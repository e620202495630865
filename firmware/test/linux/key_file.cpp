#include "linux/key_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "place.hpp"

namespace sealpost::test {
namespace {

const std::string base64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

key256 key_in_base64() {
  key256 key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
  return key;
}

}  // namespace

TEST_CASE("a key file holds base64, with a newline or without") {
  const place here;
  for (const char* end : {"", "\n"}) {
    write_text(here / "key", base64 + end);
    key256 key{};
    std::string problem;
    CHECK(posix::read_key_file(here / "key", key, problem));
    CHECK(key == key_in_base64());
    CHECK(problem.empty());
  }
}

TEST_CASE("a key file that others can reach is refused with what to do") {
  const place here;
  const std::string path = here / "key";
  write_text(path, base64);
  for (const mode_t mode : {0640U, 0604U, 0610U, 0602U}) {
    REQUIRE(chmod(path.c_str(), mode) == 0);
    key256 key{};
    std::string problem;
    CHECK_FALSE(posix::read_key_file(path, key, problem));
    CHECK(key == key256{});
    CHECK(problem == "others on this machine can reach the device key " + path + ": run chmod 600 " + path);
  }
}

TEST_CASE("what is no key is refused, and no part of it is shown") {
  const place here;
  const std::string path = here / "key";
  for (const std::string& text :
       {std::string(), base64.substr(1), base64 + "\n\n", base64 + "A", " " + base64, base64.substr(0, 43) + "A",
        base64.substr(0, 42) + "==", std::string(44, '*'), base64.substr(0, 40) + "\nHh8"}) {
    write_text(path, text);
    key256 key{};
    std::string problem;
    CHECK_FALSE(posix::read_key_file(path, key, problem));
    CHECK(key == key256{});
    CHECK(problem ==
          path + " is not a device key: expected 32 bytes in base64, 44 characters, as 'sealpost device add' shows it");
  }
}

TEST_CASE("a key file that is not there, or is no file, is refused") {
  const place here;
  key256 key{};
  std::string problem;
  CHECK_FALSE(posix::read_key_file(here / "key", key, problem));
  CHECK(problem == "can't read the device key " + here / "key" + ": No such file or directory");
  CHECK_FALSE(posix::read_key_file(here / "", key, problem));
  CHECK(problem == "the device key " + here / "" + " is no file: put its 44 characters of base64 into one");
}

}  // namespace sealpost::test
