#pragma once

#include "sealpost/platform.hpp"
#include "sealpost/reading.hpp"

/// The bytes of the reading log: docs/flash-log.md, section 2. Numbers are little-endian, floats go by their bits.
namespace sealpost {

constexpr std::uint32_t sector_header_size = 48;
constexpr std::uint32_t slot_size = 88;
/// The receipt mark, at the end of a slot. What comes before it is programmed with the reading.
constexpr std::uint32_t slot_mark_size = 4;
constexpr std::uint32_t slot_body_size = slot_size - slot_mark_size;
constexpr std::uint16_t slots_in_sector = (flash::sector_size - sector_header_size) / slot_size;
static_assert(sector_header_size + slots_in_sector * slot_size == flash::sector_size, "no byte is left over");
static_assert(sector_header_size % 4 == 0 && slot_size % 4 == 0, "the ESP32 programs words best");

using header_image = std::array<std::uint8_t, sector_header_size>;
using slot_image = std::array<std::uint8_t, slot_size>;

struct sector_header {
  /// Of the partition; another number means that the log is of another layout.
  std::uint16_t sectors = 0;
  std::uint32_t serial = 0;
  /// Readings ever lost for want of room, with those that the opening of this sector has taken.
  std::uint64_t dropped = 0;
};

void encode_header(const sector_header& header, header_image& image);
/// From either of its two copies; false when neither is whole.
[[nodiscard]] bool decode_header(const header_image& image, sector_header& header);

enum class slot_state : std::uint8_t {
  /// No reading: never written, cut short, decayed, or of an earlier life of the sector.
  empty,
  /// A reading without a receipt.
  waiting,
  receipted,
};

/// The mark is left as erasing left it.
void encode_slot(const reading& reading, std::uint32_t sector_serial, slot_image& image);
[[nodiscard]] slot_state state_of(const slot_image& image, std::uint32_t sector_serial);
/// Whether no bit of it was ever programmed.
[[nodiscard]] bool is_blank(const slot_image& image);

// Of slots that are not empty.
[[nodiscard]] std::uint64_t boot_of(const slot_image& image);
void decode_slot(const slot_image& image, reading& reading);

}  // namespace sealpost
