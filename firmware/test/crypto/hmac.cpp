#include "sealpost/crypto/hmac.hpp"

#include <doctest/doctest.h>

#include "fakes/hex.hpp"
#include "sealpost/crypto/hkdf.hpp"

namespace sealpost {
namespace {

using test::hex;
using test::to_hex;
using test::view;

std::vector<std::uint8_t> repeated(std::uint8_t byte, std::size_t count) {
  return std::vector<std::uint8_t>(count, byte);
}

std::vector<std::uint8_t> range(unsigned from, unsigned to) {
  std::vector<std::uint8_t> data;
  for (unsigned byte = from; byte <= to; ++byte) data.push_back(static_cast<std::uint8_t>(byte));
  return data;
}

std::string hmac_of(bytes key, bytes message) {
  key256 mac{};
  REQUIRE(hmac(key, message, mac) == status::ok);
  return to_hex(mac);
}

TEST_CASE("HMAC-SHA-256 gives the answers of RFC 4231, section 4") {
  CHECK(hmac_of(view(repeated(0x0b, 20)), bytes_of("Hi There")) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(hmac_of(bytes_of("Jefe"), bytes_of("what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(hmac_of(view(repeated(0xaa, 20)), view(repeated(0xdd, 50))) ==
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  CHECK(hmac_of(view(range(1, 25)), view(repeated(0xcd, 50))) ==
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
  // Cut to 128 bits there.
  CHECK(hmac_of(view(repeated(0x0c, 20)), bytes_of("Test With Truncation")).substr(0, 32) ==
        "a3b6167473100ee06e0c796c2955552b");
  CHECK(hmac_of(view(repeated(0xaa, 131)), bytes_of("Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  CHECK(hmac_of(view(repeated(0xaa, 131)),
                bytes_of("This is a test using a larger than block-size key and a larger than block-size data. The key "
                         "needs to be hashed before being used by the HMAC algorithm.")) ==
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST_CASE("one context takes many messages, in parts, and another key") {
  hmac_sha256 context;
  key256 mac{};
  REQUIRE(context.set_key(bytes_of("Jefe")) == status::ok);
  for (int message = 0; message < 2; ++message) {
    REQUIRE(context.begin() == status::ok);
    REQUIRE(context.update(bytes_of("what do ya ")) == status::ok);
    REQUIRE(context.update({}) == status::ok);
    REQUIRE(context.update(bytes_of("want for nothing?")) == status::ok);
    REQUIRE(context.finish(mac) == status::ok);
    CHECK(to_hex(mac) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  }
  REQUIRE(context.set_key(view(repeated(0x0b, 20))) == status::ok);
  REQUIRE(context.begin() == status::ok);
  REQUIRE(context.update(bytes_of("Hi There")) == status::ok);
  REQUIRE(context.finish(mac) == status::ok);
  CHECK(to_hex(mac) == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

TEST_CASE("a context begins nothing before it has a key, nor after it has forgotten it") {
  hmac_sha256 context;
  CHECK(context.begin() == status::crypto_failed);
  REQUIRE(context.set_key(bytes_of("Jefe")) == status::ok);
  CHECK(context.begin() == status::ok);
  context.forget();
  CHECK(context.begin() == status::crypto_failed);
}

TEST_CASE("SHA-256 gives the answers of FIPS 180-4's examples, however the message is cut in two") {
  const auto digest_of = [](bytes first, bytes second) {
    key256 digest{};
    REQUIRE(sha256(first, second, digest) == status::ok);
    return to_hex(digest);
  };
  CHECK(digest_of({}, {}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(digest_of(bytes_of("abc"), {}) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(digest_of(bytes_of("a"), bytes_of("bc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(digest_of({}, bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

std::string expanded(std::string_view key, bytes info, std::size_t size) {
  std::vector<std::uint8_t> output(size);
  REQUIRE(hkdf_expand(view(hex(key)), info, view(output)) == status::ok);
  return to_hex(view(output));
}

TEST_CASE("HKDF-Expand gives the answers of RFC 5869, appendices A.1 to A.3") {
  CHECK(expanded("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5", view(range(0xf0, 0xf9)), 42) ==
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  CHECK(expanded("06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244", view(range(0xb0, 0xff)), 82) ==
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
        "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
  CHECK(expanded("19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04", {}, 42) ==
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST_CASE("HKDF-Expand gives up to 255 blocks, and refuses more") {
  std::vector<std::uint8_t> output(255 * 32);
  CHECK(hkdf_expand(bytes_of("key"), {}, view(output)) == status::ok);
  // T(255) = HMAC(key, T(254) || 255).
  auto last_input = std::vector<std::uint8_t>(output.end() - 64, output.end() - 32);
  last_input.push_back(255);
  CHECK(to_hex(view(output).last(32)) == hmac_of(bytes_of("key"), view(last_input)));
  output.push_back(0);
  CHECK(hkdf_expand(bytes_of("key"), {}, view(output)) == status::no_room);
}

}  // namespace
}  // namespace sealpost
