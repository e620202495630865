#include "sealpost/crypto/aead.hpp"

#include <doctest/doctest.h>
#include <mbedtls/aes.h>

#include "fakes/hex.hpp"

namespace sealpost {
namespace {

using test::hex;
using test::hex_array;
using test::hex_key;
using test::to_hex;
using test::view;

// RFC 7518, appendix B.1: the test case of AES_128_CBC_HMAC_SHA_256.
const key256 key = hex_key("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
const key128 iv = hex_array<key128>("1af38c2dc2b96ffdd86694092341bc04");
const bytes associated_data = bytes_of("The second principle of Auguste Kerckhoffs");
const bytes plaintext = bytes_of(
    "A cipher system must not be required to be secret, and it must be able to fall into the hands of the enemy "
    "without "
    "inconvenience");
const auto sealed = hex(R"(
    c80edfa32ddf39d5ef00c0b468834279a2e46a1b8049f792f76bfe54b903a9c9
    a94ac9b47ad2655c5f10f9aef71427e2fc6f9b3f399a221489f16362c7032336
    09d45ac69864e3321cf82935ac4096c86e133314c54019e8ca7980dfa4b9cf1b
    384c486f3a54c51078158ee5d79de59fbd34d848b3d69550a67646344427ade5
    4b8851ffb598f7f80074b9473c82e2db
    652c3fa36b0a7c5b3219fab3a30bc1c4)");

struct keyed : cbc_hmac {
  keyed() { REQUIRE(set_key(key) == status::ok); }
};

std::vector<std::uint8_t> sealed_by(cbc_hmac& cipher, bytes text) {
  std::vector<std::uint8_t> buffer(text.begin(), text.end());
  buffer.resize(sealed_size(text.size()));
  REQUIRE(cipher.seal(iv, associated_data, view(buffer), text.size()) == status::ok);
  return buffer;
}

TEST_CASE("A128CBC-HS256 seals as RFC 7518, appendix B.1 has it") {
  keyed cipher;
  CHECK(to_hex(view(sealed_by(cipher, plaintext))) == to_hex(view(sealed)));
}

TEST_CASE("A128CBC-HS256 opens what the appendix sealed") {
  keyed cipher;
  auto buffer = sealed;
  bytes opened;
  REQUIRE(cipher.open(iv, associated_data, view(buffer), opened) == status::ok);
  CHECK(to_hex(opened) == to_hex(plaintext));
}

TEST_CASE("every flipped bit of ciphertext, tag, IV and associated data is forged, and the buffer stays as it was") {
  keyed cipher;
  const auto forged_with = [&](std::vector<std::uint8_t> text, const key128& with_iv, bytes with_data) {
    const auto before = text;
    bytes opened = plaintext;
    CHECK(cipher.open(with_iv, with_data, view(text), opened) == status::forged);
    CHECK(opened.empty());
    CHECK(text == before);
  };
  const auto flip = [](auto data, std::size_t bit) {
    data[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    return data;
  };
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) forged_with(flip(sealed, bit), iv, associated_data);
  for (std::size_t bit = 0; bit < iv.size() * 8; ++bit) forged_with(sealed, flip(iv, bit), associated_data);
  const std::vector<std::uint8_t> data(associated_data.begin(), associated_data.end());
  for (std::size_t bit = 0; bit < data.size() * 8; ++bit) forged_with(sealed, iv, view(flip(data, bit)));
  // And it opens as ever.
  auto buffer = sealed;
  bytes opened;
  CHECK(cipher.open(iv, associated_data, view(buffer), opened) == status::ok);
}

TEST_CASE("every truncation is refused: by its size, or else by its tag") {
  keyed cipher;
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    auto buffer = sealed;
    buffer.resize(size);
    bytes opened;
    const bool has_a_size = size >= 32 && size % 16 == 0;
    CHECK(cipher.open(iv, associated_data, view(buffer), opened) == (has_a_size ? status::forged : status::malformed));
  }
}

TEST_CASE("plaintexts of every size come back, in no more bytes than were promised") {
  keyed cipher;
  std::vector<std::uint8_t> text;
  for (std::size_t size = 0; size <= 100; ++size) {
    auto buffer = sealed_by(cipher, view(text));
    CHECK(buffer.size() == 16 * (size / 16 + 1) + 16);
    bytes opened;
    REQUIRE(cipher.open(iv, associated_data, view(buffer), opened) == status::ok);
    CHECK(to_hex(opened) == to_hex(view(text)));
    text.push_back(static_cast<std::uint8_t>(size * 7));
  }
}

TEST_CASE("a buffer that is too small by a byte is no room, and nothing is written beyond it") {
  keyed cipher;
  for (const std::size_t size : {0U, 15U, 16U, 17U}) {
    std::vector<std::uint8_t> buffer(sealed_size(size), 0xee);
    CHECK(cipher.seal(iv, associated_data, view(buffer).first(buffer.size() - 1), size) == status::no_room);
    CHECK(buffer.back() == 0xee);
  }
  std::vector<std::uint8_t> buffer(64);
  CHECK(cipher.seal(iv, associated_data, view(buffer), 65) == status::no_room);
  CHECK(cipher.seal(iv, associated_data, view(buffer), SIZE_MAX) == status::no_room);
}

/// Ciphertext and a right tag of whole blocks that bring their own padding, as only a holder of the key can make them.
std::vector<std::uint8_t> sealed_as_it_is(std::vector<std::uint8_t> blocks) {
  mbedtls_aes_context aes;
  mbedtls_aes_init(&aes);
  REQUIRE(mbedtls_aes_setkey_enc(&aes, key.data() + 16, 128) == 0);
  key128 chain = iv;
  REQUIRE(mbedtls_aes_crypt_cbc(&aes, MBEDTLS_AES_ENCRYPT, blocks.size(), chain.data(), blocks.data(), blocks.data()) ==
          0);
  mbedtls_aes_free(&aes);
  std::vector<std::uint8_t> message(associated_data.begin(), associated_data.end());
  message.insert(message.end(), iv.begin(), iv.end());
  message.insert(message.end(), blocks.begin(), blocks.end());
  std::array<std::uint8_t, 8> bits{};
  store_u64(associated_data.size() * 8, bits);
  message.insert(message.end(), bits.begin(), bits.end());
  key256 mac{};
  REQUIRE(hmac(bytes(key).first(16), view(message), mac) == status::ok);
  blocks.insert(blocks.end(), mac.begin(), mac.begin() + tag_size);
  return blocks;
}

TEST_CASE("behind a right tag, every padding is read rightly and every wrong one is malformed and wiped") {
  keyed cipher;
  // Every last byte, behind fifteen that are the same, and behind fifteen with one that is not.
  for (unsigned last = 0; last < 256; ++last) {
    for (int different = -1; different < 15; ++different) {
      CAPTURE(last);
      CAPTURE(different);
      std::vector<std::uint8_t> blocks(32, static_cast<std::uint8_t>(last));
      if (different >= 0) blocks[16 + static_cast<std::size_t>(different)] ^= 0x40;
      const bool is_hit = different >= 0 && static_cast<unsigned>(different) >= 16 - last;
      const bool is_right = last >= 1 && last <= 16 && !is_hit;
      auto buffer = sealed_as_it_is(blocks);
      bytes opened;
      CHECK(cipher.open(iv, associated_data, view(buffer), opened) == (is_right ? status::ok : status::malformed));
      CHECK(opened.size() == (is_right ? 32 - last : 0));
      if (!is_right) CHECK(to_hex(view(buffer).first(32)) == std::string(64, '0'));
    }
  }
}

TEST_CASE("without a key nothing is sealed or opened") {
  cbc_hmac cipher;
  auto buffer = sealed;
  bytes opened;
  CHECK(cipher.seal(iv, {}, view(buffer), 1) == status::crypto_failed);
  CHECK(cipher.open(iv, {}, view(buffer), opened) == status::crypto_failed);
  REQUIRE(cipher.set_key(key) == status::ok);
  cipher.forget();
  CHECK(cipher.seal(iv, {}, view(buffer), 1) == status::crypto_failed);
  CHECK(cipher.open(iv, {}, view(buffer), opened) == status::crypto_failed);
}

}  // namespace
}  // namespace sealpost
