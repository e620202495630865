#include "sealpost/log/format.hpp"

#include <cstring>
#include <limits>

#include "fakes/hex.hpp"
#include "log/readings.hpp"

namespace sealpost::test {
namespace {

float float_of(std::uint32_t bits) {
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

std::uint32_t bits_of(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

slot_image slot_with(const reading& reading, std::uint32_t serial) {
  slot_image image;
  encode_slot(reading, serial, image);
  return image;
}

TEST_CASE("a slot has the bytes of the document") {
  reading reading;
  reading.boot_id = 0x0123456789ABCDEF;
  reading.sequence = 0x1F2E3D4C5B6A79;
  reading.uptime = 13'482'016;
  reading.collected = {time_source::server, 1'795'348'810'125'956};
  reading.bmp280 = {21.5F, 101325.0F};
  reading.mpu6050 = {{0.125F, -0.0625F, 9.8125F}, {0.0078125F, -0.015625F, 0.00390625F}, 24.25F};
  reading.sht4x = {21.25F, 45.5F};
  // The CRC is that of zlib.crc32 over the serial and the 80 bytes that follow it.
  CHECK(to_hex(slot_with(reading, 320)) ==
        "b9ecf286"                                                  // CRC-32
        "efcdab8967452301"                                          // boot_id
        "796a5b4c3d2e1f00"                                          // sequence
        "20b8cd0000000000"                                          // uptime
        "84521338dc600600"                                          // collected
        "0000ac4180e6c547"                                          // bmp280
        "0000003e000080bd00001d410000003c000080bc0000803b0000c241"  // mpu6050
        "0000aa4100003642"                                          // sht4x
        "020f0000"                                                  // source, what is present, reserved
        "ffffffff");                                                // mark
}

TEST_CASE("a sector header has the bytes of the document, twice") {
  header_image image;
  encode_header({320, 0x12345678, 0x1122334455667788}, image);
  const std::string copy =
      "73706c67"          // magic
      "01004001"          // format, sectors
      "78563412"          // serial
      "8877665544332211"  // dropped
      "2c8f07a4";         // CRC-32
  CHECK(to_hex(image) == copy + copy);
}

TEST_CASE("readings come back from their slots as they were, whichever sensors they have") {
  for (std::uint64_t sequence = 1; sequence <= 200; ++sequence) {
    const reading before = reading_of(7, sequence);
    const auto image = slot_with(before, 9);
    CHECK(state_of(image, 9) == slot_state::waiting);
    CHECK(boot_of(image) == 7);
    // What was in it before must not shine through.
    reading after = reading_of(8, 1);
    decode_slot(image, after);
    CHECK(same(after, before));
  }
}

TEST_CASE("floats keep their bits") {
  reading before = reading_of(1, 1);
  before.bmp280 = {float_of(0x7FC12345), float_of(0x80000000)};
  before.sht4x = {std::numeric_limits<float>::infinity(), float_of(0x00000001)};
  reading after;
  decode_slot(slot_with(before, 1), after);
  REQUIRE(after.bmp280);
  REQUIRE(after.sht4x);
  CHECK(bits_of(after.bmp280->temperature_celsius) == 0x7FC12345);
  CHECK(bits_of(after.bmp280->pressure_pascals) == 0x80000000);
  CHECK(bits_of(after.sht4x->temperature_celsius) == 0x7F800000);
  CHECK(bits_of(after.sht4x->humidity_percent) == 0x00000001);
}

TEST_CASE("no slot is a reading whose bits are all the same") {
  slot_image image;
  for (const std::uint8_t byte : {std::uint8_t{0}, std::uint8_t{0xFF}}) {
    image.fill(byte);
    CHECK(is_blank(image) == (byte == 0xFF));
    for (std::uint32_t serial = 0; serial < 3000; ++serial) CHECK(state_of(image, serial) == slot_state::empty);
  }
  // Under these two serials their CRC is right.
  image.fill(0xFF);
  CHECK(state_of(image, 0x1AE6F40D) == slot_state::empty);
  image.fill(0);
  CHECK(state_of(image, 0x0A1C5B6D) == slot_state::empty);
}

TEST_CASE("a reading belongs to one life of its sector") {
  const auto image = slot_with(reading_of(1, 1), 1000);
  CHECK(state_of(image, 1000) == slot_state::waiting);
  CHECK(state_of(image, 1000 + 320) == slot_state::empty);
  CHECK(state_of(image, 1000 - 320) == slot_state::empty);
}

TEST_CASE("any one to three decayed bits of a reading are seen") {
  const auto image = slot_with(reading_of(1, 2), 5);
  std::minstd_rand random(1);
  for (std::size_t bit = 0; bit < slot_body_size * 8; ++bit) {
    auto decayed = image;
    decayed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    CHECK(state_of(decayed, 5) == slot_state::empty);
    for (int more = 0; more < 2; ++more) {
      const auto other = random() % (slot_body_size * 8);
      if (other == bit) continue;
      decayed[other / 8] ^= static_cast<std::uint8_t>(1U << (other % 8));
      CHECK(state_of(decayed, 5) == slot_state::empty);
      if (other < bit) break;
    }
  }
}

TEST_CASE("a mark with half of its bits at zero is a receipt") {
  std::minstd_rand random(1);
  for (int round = 0; round < 50; ++round) {
    auto image = slot_with(reading_of(1, 3), 5);
    std::vector<std::size_t> bits(32);
    for (std::size_t i = 0; i < bits.size(); ++i) bits[i] = i;
    std::shuffle(bits.begin(), bits.end(), random);
    for (std::size_t zeros = 0; zeros <= bits.size(); ++zeros) {
      CHECK(state_of(image, 5) == (zeros >= 16 ? slot_state::receipted : slot_state::waiting));
      if (zeros == bits.size()) break;
      image[slot_body_size + bits[zeros] / 8] &= static_cast<std::uint8_t>(~(1U << (bits[zeros] % 8)));
    }
  }
}

TEST_CASE("a header is read from either copy, and from nothing else") {
  header_image image;
  encode_header({320, 77, 12345}, image);
  for (std::size_t bit = 0; bit < image.size() * 8; ++bit) {
    auto decayed = image;
    decayed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    sector_header header;
    CHECK(decode_header(decayed, header));
    CHECK(header.sectors == 320);
    CHECK(header.serial == 77);
    CHECK(header.dropped == 12345);
    // The same bit of the other copy as well.
    const auto other = (bit + image.size() * 4) % (image.size() * 8);
    decayed[other / 8] ^= static_cast<std::uint8_t>(1U << (other % 8));
    CHECK_FALSE(decode_header(decayed, header));
  }
  sector_header header;
  image.fill(0xFF);
  CHECK_FALSE(decode_header(image, header));
  image.fill(0);
  CHECK_FALSE(decode_header(image, header));
}

}  // namespace
}  // namespace sealpost::test
