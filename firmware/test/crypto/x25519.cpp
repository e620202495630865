#include "sealpost/crypto/x25519.hpp"

#include <doctest/doctest.h>

#include "fakes/hex.hpp"
#include "fakes/random.hpp"

namespace sealpost {
namespace {

using test::hex_key;
using test::to_hex;

std::string product(std::string_view scalar, std::string_view u) {
  test::seeded_random random(1);
  key256 shared{};
  REQUIRE(x25519(hex_key(scalar), hex_key(u), random, shared) == status::ok);
  return to_hex(shared);
}

TEST_CASE("X25519 gives the answers of RFC 7748, section 5.2") {
  CHECK(product("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
                "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c") ==
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
  CHECK(product("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
                "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493") ==
        "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
}

TEST_CASE("X25519 gives the answers of section 5.2 after 1 and 1,000 iterations") {
  test::seeded_random random(2);
  key256 scalar{9};
  key256 u{9};
  for (int iteration = 1; iteration <= 1000; ++iteration) {
    key256 result{};
    REQUIRE(x25519(scalar, u, random, result) == status::ok);
    u = scalar;
    scalar = result;
    if (iteration == 1) CHECK(to_hex(result) == "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
  }
  CHECK(to_hex(scalar) == "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
}

TEST_CASE("X25519 gives the key pairs and the shared secret of section 6.1") {
  test::seeded_random random(3);
  const key256 alice = hex_key("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  const key256 bob = hex_key("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
  key256 alices_public{};
  key256 bobs_public{};
  REQUIRE(x25519_public_key(alice, random, alices_public) == status::ok);
  REQUIRE(x25519_public_key(bob, random, bobs_public) == status::ok);
  CHECK(to_hex(alices_public) == "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  CHECK(to_hex(bobs_public) == "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  const std::string shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
  CHECK(product(to_hex(alice), to_hex(bobs_public)) == shared);
  CHECK(product(to_hex(bob), to_hex(alices_public)) == shared);
}

TEST_CASE("a point of small order is refused as forged, with and without the ignored bit (section 6.1)") {
  test::seeded_random random(4);
  const key256 scalar = hex_key("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  // Those below 2^255 - 19, and those that are one of them plus 2^255 - 19.
  for (const char* const text : {
           "0000000000000000000000000000000000000000000000000000000000000000",
           "0100000000000000000000000000000000000000000000000000000000000000",
           "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
           "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
       }) {
    for (const std::uint8_t ignored_bit : {std::uint8_t{0}, std::uint8_t{0x80}}) {
      CAPTURE(text);
      key256 u = hex_key(text);
      u[31] |= ignored_bit;
      key256 shared;
      shared.fill(0x5a);
      CHECK(x25519(scalar, u, random, shared) == status::forged);
      CHECK(shared == key256{});
    }
  }
}

TEST_CASE("the highest bit of a public key and the clamped bits of a private key make no difference") {
  const std::string scalar = "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4";
  const std::string u = "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c";
  key256 other_u = hex_key(u);
  other_u[31] ^= 0x80;
  CHECK(product(scalar, to_hex(other_u)) == product(scalar, u));
  key256 other_scalar = hex_key(scalar);
  other_scalar[0] ^= 0x07;
  other_scalar[31] ^= 0xc0;
  CHECK(product(to_hex(other_scalar), u) == product(scalar, u));
}

TEST_CASE("without random numbers there is no result") {
  test::failing_random random;
  const key256 scalar{1};
  key256 result;
  result.fill(0x5a);
  CHECK(x25519_public_key(scalar, random, result) == status::crypto_failed);
  result.fill(0x5a);
  CHECK(x25519(scalar, key256{9}, random, result) == status::crypto_failed);
  CHECK(result == key256{});
}

}  // namespace
}  // namespace sealpost
