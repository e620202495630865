#include "sealpost/log/format.hpp"

#include <algorithm>
#include <cstring>

namespace sealpost {
namespace {

template <class T>
void store(T value, mutable_bytes into) {
  static_assert(std::is_unsigned_v<T>);
  for (std::size_t i = 0; i < sizeof(T); ++i) into[i] = static_cast<std::uint8_t>(value >> (8 * i));
}

template <class T>
[[nodiscard]] T load(bytes from) {
  static_assert(std::is_unsigned_v<T>);
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value = static_cast<T>(value | static_cast<T>(from[i]) << (8 * i));
  return value;
}

void store_float(float value, mutable_bytes into) {
  static_assert(sizeof(float) == 4);
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  store(bits, into);
}

[[nodiscard]] float load_float(bytes from) {
  const auto bits = load<std::uint32_t>(from);
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

constexpr std::uint32_t crc_start = 0xFFFFFFFF;

/// CRC-32 as in IEEE 802.3, section 3.2.9, reflected, four bits at a time: a table of 64 bytes. Begins with crc_start,
/// ends with its complement.
[[nodiscard]] std::uint32_t crc_of(bytes data, std::uint32_t crc) {
  static constexpr std::array<std::uint32_t, 16> table = {
      0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
      0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
  for (const auto byte : data) {
    crc = (crc >> 4) ^ table[(crc ^ byte) & 0xF];
    crc = (crc >> 4) ^ table[(crc ^ (byte >> 4U)) & 0xF];
  }
  return crc;
}

namespace header_at {
constexpr std::array<std::uint8_t, 4> magic = {'s', 'p', 'l', 'g'};
constexpr std::uint16_t format = 1;
constexpr std::size_t format_number = 4, sectors = 6, serial = 8, dropped = 12, crc = 20, end = 24;
static_assert(2 * end == sector_header_size);
}  // namespace header_at

namespace slot_at {
constexpr std::size_t crc = 0, boot_id = 4, sequence = 12, uptime = 20, collected = 28;
constexpr std::size_t bmp280 = 36, mpu6050 = 44, sht4x = 72, source = 80, present = 81, reserved = 82, mark = 84;
static_assert(reserved + 2 == mark && mark == slot_body_size);
}  // namespace slot_at

namespace present_bit {
constexpr std::uint8_t bmp280 = 1, mpu6050 = 2, sht4x = 4, collected = 8;
}  // namespace present_bit

/// The sector's serial is under it: what stood in the sector in an earlier life is no reading of this one.
[[nodiscard]] std::uint32_t slot_crc(const slot_image& image, std::uint32_t sector_serial) {
  std::array<std::uint8_t, 4> serial{};
  store(sector_serial, serial);
  return ~crc_of(bytes(image).first(slot_body_size).from(slot_at::boot_id), crc_of(serial, crc_start));
}

void store_vector(const vector3& value, mutable_bytes into) {
  store_float(value.x, into);
  store_float(value.y, into.from(4));
  store_float(value.z, into.from(8));
}

[[nodiscard]] vector3 load_vector(bytes from) {
  return {load_float(from), load_float(from.from(4)), load_float(from.from(8))};
}

}  // namespace

void encode_header(const sector_header& header, header_image& image) {
  const auto copy = mutable_bytes(image).first(header_at::end);
  std::copy(header_at::magic.begin(), header_at::magic.end(), copy.begin());
  store(header_at::format, copy.from(header_at::format_number));
  store(header.sectors, copy.from(header_at::sectors));
  store(header.serial, copy.from(header_at::serial));
  store(header.dropped, copy.from(header_at::dropped));
  store(~crc_of(copy.first(header_at::crc), crc_start), copy.from(header_at::crc));
  std::copy(copy.begin(), copy.end(), copy.end());
}

bool decode_header(const header_image& image, sector_header& header) {
  for (const std::size_t start : {std::size_t{0}, header_at::end}) {
    const auto copy = bytes(image).from(start).first(header_at::end);
    const bool is_ours = std::equal(header_at::magic.begin(), header_at::magic.end(), copy.begin()) &&
                         load<std::uint16_t>(copy.from(header_at::format_number)) == header_at::format;
    if (!is_ours) continue;
    if (load<std::uint32_t>(copy.from(header_at::crc)) != ~crc_of(copy.first(header_at::crc), crc_start)) continue;
    header.sectors = load<std::uint16_t>(copy.from(header_at::sectors));
    header.serial = load<std::uint32_t>(copy.from(header_at::serial));
    header.dropped = load<std::uint64_t>(copy.from(header_at::dropped));
    return true;
  }
  return false;
}

void encode_slot(const reading& reading, std::uint32_t sector_serial, slot_image& image) {
  image.fill(0);
  const mutable_bytes slot = image;
  store(reading.boot_id, slot.from(slot_at::boot_id));
  store(reading.sequence, slot.from(slot_at::sequence));
  store(static_cast<std::uint64_t>(reading.uptime), slot.from(slot_at::uptime));
  slot[slot_at::source] = static_cast<std::uint8_t>(reading.collected.source);
  std::uint8_t present = 0;
  if (reading.collected.time) {
    present |= present_bit::collected;
    store(static_cast<std::uint64_t>(*reading.collected.time), slot.from(slot_at::collected));
  }
  if (reading.bmp280) {
    present |= present_bit::bmp280;
    store_float(reading.bmp280->temperature_celsius, slot.from(slot_at::bmp280));
    store_float(reading.bmp280->pressure_pascals, slot.from(slot_at::bmp280 + 4));
  }
  if (reading.mpu6050) {
    present |= present_bit::mpu6050;
    store_vector(reading.mpu6050->acceleration_mps2, slot.from(slot_at::mpu6050));
    store_vector(reading.mpu6050->angular_velocity_rps, slot.from(slot_at::mpu6050 + 12));
    store_float(reading.mpu6050->temperature_celsius, slot.from(slot_at::mpu6050 + 24));
  }
  if (reading.sht4x) {
    present |= present_bit::sht4x;
    store_float(reading.sht4x->temperature_celsius, slot.from(slot_at::sht4x));
    store_float(reading.sht4x->humidity_percent, slot.from(slot_at::sht4x + 4));
  }
  slot[slot_at::present] = present;
  store(slot_crc(image, sector_serial), slot.from(slot_at::crc));
  std::fill(slot.begin() + slot_at::mark, slot.end(), std::uint8_t{0xFF});
}

slot_state state_of(const slot_image& image, std::uint32_t sector_serial) {
  // Bytes that are all ones, or all zeros, have the right CRC under one serial each; their source is no source.
  const auto source = image[slot_at::source];
  if (source < static_cast<std::uint8_t>(time_source::uptime) || source > static_cast<std::uint8_t>(time_source::ntp)) {
    return slot_state::empty;
  }
  if (load<std::uint32_t>(image) != slot_crc(image, sector_serial)) return slot_state::empty;
  // A mark cut short says that a receipt was there; a few decayed bits say nothing.
  int zeros = 0;
  for (auto bits = ~load<std::uint32_t>(bytes(image).from(slot_at::mark)); bits != 0; bits &= bits - 1) ++zeros;
  return zeros >= 16 ? slot_state::receipted : slot_state::waiting;
}

bool is_blank(const slot_image& image) {
  return std::all_of(image.begin(), image.end(), [](std::uint8_t byte) { return byte == 0xFF; });
}

std::uint64_t boot_of(const slot_image& image) { return load<std::uint64_t>(bytes(image).from(slot_at::boot_id)); }

void decode_slot(const slot_image& image, reading& reading) {
  const bytes slot = image;
  const auto present = slot[slot_at::present];
  reading = {};
  reading.boot_id = boot_of(image);
  reading.sequence = load<std::uint64_t>(slot.from(slot_at::sequence));
  reading.uptime = static_cast<micros>(load<std::uint64_t>(slot.from(slot_at::uptime)));
  reading.collected.source = static_cast<time_source>(slot[slot_at::source]);
  if ((present & present_bit::collected) != 0) {
    reading.collected.time = static_cast<micros>(load<std::uint64_t>(slot.from(slot_at::collected)));
  }
  if ((present & present_bit::bmp280) != 0) {
    reading.bmp280 = {load_float(slot.from(slot_at::bmp280)), load_float(slot.from(slot_at::bmp280 + 4))};
  }
  if ((present & present_bit::mpu6050) != 0) {
    reading.mpu6050 = {load_vector(slot.from(slot_at::mpu6050)), load_vector(slot.from(slot_at::mpu6050 + 12)),
                       load_float(slot.from(slot_at::mpu6050 + 24))};
  }
  if ((present & present_bit::sht4x) != 0) {
    reading.sht4x = {load_float(slot.from(slot_at::sht4x)), load_float(slot.from(slot_at::sht4x + 4))};
  }
}

}  // namespace sealpost
