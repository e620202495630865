#include "sealpost/bytes.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "fakes/hex.hpp"
#include "sealpost/status.hpp"

namespace sealpost {
namespace {

using test::hex;
using test::to_hex;
using test::view;

TEST_CASE("a span sees the array, and its parts") {
  std::array<std::uint8_t, 4> all{1, 2, 3, 4};
  const mutable_bytes whole = all;
  CHECK(to_hex(whole.first(1)) == "01");
  CHECK(to_hex(whole.last(3)) == "020304");
  CHECK(to_hex(whole.from(2)) == "0304");
  CHECK(whole.from(4).empty());
  whole[3] = 9;
  CHECK(to_hex(all) == "01020309");
  CHECK(bytes().empty());
}

TEST_CASE("the bytes of a text are without the zero at its end") {
  CHECK(to_hex(bytes_of("TimeSync")) == "54696d6553796e63");
  CHECK(bytes_of("").empty());
}

TEST_CASE("a number is stored big-endian, in 8 bytes") {
  std::array<std::uint8_t, 8> buffer{};
  store_u64(0x0123456789abcdef, buffer);
  CHECK(to_hex(buffer) == "0123456789abcdef");
  store_u64(1, buffer);
  CHECK(to_hex(buffer) == "0000000000000001");
}

TEST_CASE("only the same bytes are equal, wherever they differ") {
  const auto secret = hex("000102030405060708090a0b0c0d0e0f");
  CHECK(equal_constant_time(view(secret), view(secret)));
  CHECK(equal_constant_time({}, {}));
  CHECK_FALSE(equal_constant_time(view(secret), view(secret).first(15)));
  for (std::size_t bit = 0; bit < secret.size() * 8; ++bit) {
    auto other = secret;
    other[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    CHECK_FALSE(equal_constant_time(view(secret), view(other)));
  }
}

TEST_CASE("what is wiped is zeros, and nothing beside it") {
  auto buffer = hex("112233445566");
  wipe(view(buffer).from(1).first(4));
  CHECK(to_hex(view(buffer)) == "110000000066");
  wipe({});
}

TEST_CASE("every status has words of its own") {
  std::set<std::string> words;
  const auto last = static_cast<unsigned>(status::crypto_failed);
  for (unsigned each = 0; each <= last; ++each) words.insert(describe(static_cast<status>(each)));
  CHECK(words.size() == last + 1);
  CHECK(words.count("unknown") == 0);
}

}  // namespace
}  // namespace sealpost
