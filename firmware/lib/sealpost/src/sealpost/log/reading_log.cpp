#include "sealpost/log/reading_log.hpp"

#include <algorithm>

namespace sealpost {
namespace {

constexpr std::uint32_t least_sectors = 4;
constexpr std::uint32_t most_sectors = 1024;
/// So that no sum of serials wraps: reached after thousands of years.
constexpr std::uint32_t serials_end = 0x80000000;
/// Sectors that the opening of one may try, when some are bad.
constexpr std::uint32_t most_tries = 4;

[[nodiscard]] bool is_before(log_place left, log_place right) {
  return left.sector_serial != right.sector_serial ? left.sector_serial < right.sector_serial : left.slot < right.slot;
}

[[nodiscard]] log_place after(log_place place) {
  if (place.slot + 1 < slots_in_sector) return {place.sector_serial, static_cast<std::uint16_t>(place.slot + 1)};
  return {place.sector_serial + 1, 0};
}

}  // namespace

// Sector `serial % sectors_` holds the readings of `serial`. The newest serial and the sectors_ - 2 before it are the
// log. The one sector that is left over comes after the newest: it is dead, whatever it holds, until it is opened.

std::uint32_t reading_log::offset_of(log_place place) const {
  const std::uint32_t sector = place.sector_serial % sectors_;
  return sector * flash::sector_size + sector_header_size + place.slot * slot_size;
}

log_place reading_log::oldest_place() const {
  // The first serial ever is `sectors_`.
  return {std::max<std::uint32_t>(sectors_, end_.sector_serial - (sectors_ - 2U)), 0};
}

bool reading_log::holds(log_place place) const {
  return sectors_ != 0 && place.slot < slots_in_sector && !is_before(place, oldest_place()) && is_before(place, end_);
}

status reading_log::mount() {
  sectors_ = 0;
  pending_ = 0;
  dropped_ = 0;
  const std::uint32_t size = flash_.size();
  const std::uint32_t sectors = size / flash::sector_size;
  if (size % flash::sector_size != 0 || sectors < least_sectors || sectors > most_sectors) return status::no_room;

  sectors_ = static_cast<std::uint16_t>(sectors);
  // As if the sector before the first one were full.
  end_ = {sectors - 1, slots_in_sector};
  newest_ = oldest_waiting_ = oldest_waiting_of_boot_ = {};
  status result = find_newest_sector();
  if (result == status::ok && end_.sector_serial >= sectors) {
    result = find_end();
    if (result == status::ok) result = find_readings();
  }
  if (result != status::ok) sectors_ = 0;
  return result;
}

status reading_log::find_newest_sector() {
  for (std::uint32_t sector = 0; sector < sectors_; ++sector) {
    header_image image;
    if (const status read = flash_.read(sector * flash::sector_size, image); read != status::ok) return read;
    sector_header header;
    if (!decode_header(image, header) || header.sectors != sectors_) continue;
    if (header.serial % sectors_ != sector || header.serial >= serials_end) continue;
    if (header.serial <= end_.sector_serial) continue;
    end_.sector_serial = header.serial;
    dropped_ = header.dropped;
  }
  return status::ok;
}

status reading_log::find_end() {
  for (; end_.slot > 0; --end_.slot) {
    const log_place last = {end_.sector_serial, static_cast<std::uint16_t>(end_.slot - 1)};
    slot_image image;
    if (const status read = flash_.read(offset_of(last), image); read != status::ok) return read;
    if (!is_blank(image)) break;
  }
  // Where nothing stands behind the header it may have been cut short, and reads well today. The same bits once more
  // make sure of it.
  if (end_.slot == 0 && write_header(end_.sector_serial, dropped_) != status::ok) end_.slot = slots_in_sector;
  // The next slot may have been begun, so shortly that its bits still read as ones. It is left alone.
  if (end_.slot < slots_in_sector) ++end_.slot;
  return status::ok;
}

status reading_log::find_readings() {
  for (log_place at = oldest_place();; at = after(at)) {
    slot_image image;
    slot_state state = slot_state::empty;
    if (const status found = find_reading(at, image, state); found != status::ok) return found;
    if (state == slot_state::empty) return status::ok;
    take(at, boot_of(image), state);
  }
}

status reading_log::append(const reading& reading) {
  if (sectors_ == 0) return status::flash_failed;
  // Enough to pass over one whole sector that takes nothing.
  for (int tries = 0; tries <= slots_in_sector; ++tries) {
    if (end_.slot == slots_in_sector) {
      if (const status opened = open_next_sector(); opened != status::ok) return opened;
    }
    const log_place place = end_;
    ++end_.slot;
    slot_image image;
    encode_slot(reading, place.sector_serial, image);
    if (write(offset_of(place), bytes(image).first(slot_body_size)) == status::ok) {
      take(place, reading.boot_id, slot_state::waiting);
      return status::ok;
    }
    // It may read well tomorrow, and the reading would be there twice. Zeros are no reading.
    image.fill(0);
    static_cast<void>(flash_.program(offset_of(place), image));
  }
  return status::flash_failed;
}

status reading_log::open_next_sector() {
  // With the header of serial s in place the sector after it is dead: that of serial s - (sectors_ - 1). What waits
  // there is dropped in the same instant, for the header has the new total.
  const std::uint32_t first = end_.sector_serial + 1;
  const std::uint32_t last = end_.sector_serial + std::min<std::uint32_t>(most_tries, sectors_ - 2U);
  std::uint32_t lost = 0;
  for (std::uint32_t serial = first; serial <= last; ++serial) {
    std::uint32_t waiting = 0;
    if (const status counted = count_waiting(serial - (sectors_ - 1U), waiting); counted != status::ok) return counted;
    lost += waiting;
    if (begin_sector(serial, dropped_ + lost) != status::ok) continue;
    end_ = {serial, 0};
    dropped_ += lost;
    return count_off(lost);
  }
  // Nothing took a header. The tries after the first have erased living sectors, perhaps.
  std::uint32_t left = 0;
  for (std::uint32_t serial = first; serial <= last; ++serial) {
    std::uint32_t waiting = 0;
    if (const status counted = count_waiting(serial - (sectors_ - 1U), waiting); counted != status::ok) return counted;
    left += waiting;
  }
  lost -= std::min(lost, left);
  dropped_ += lost;
  const status counted = count_off(lost);
  return counted == status::ok ? status::flash_failed : counted;
}

status reading_log::begin_sector(std::uint32_t serial, std::uint64_t dropped) {
  const status erased = flash_.erase_sector(serial % sectors_ * flash::sector_size);
  return erased == status::ok ? write_header(serial, dropped) : erased;
}

status reading_log::write_header(std::uint32_t serial, std::uint64_t dropped) {
  header_image image;
  encode_header({sectors_, serial, dropped}, image);
  return write(serial % sectors_ * flash::sector_size, image);
}

status reading_log::count_waiting(std::uint32_t serial, std::uint32_t& waiting) {
  waiting = 0;
  for (log_place at = {serial, 0};; at = after(at)) {
    slot_image image;
    slot_state state = slot_state::empty;
    if (const status found = find_reading(at, image, state); found != status::ok) return found;
    if (state == slot_state::empty || at.sector_serial != serial) return status::ok;
    if (state == slot_state::waiting) ++waiting;
  }
}

/// Readings that wait no more. Bits that a power cut has left unsteady can bring one up that was never counted; so
/// when nothing seems to be left, that is looked at.
status reading_log::count_off(std::uint32_t readings) {
  pending_ -= std::min(pending_, readings);
  if (pending_ != 0) return status::ok;
  for (log_place at = oldest_waiting_;; at = after(at)) {
    slot_image image;
    slot_state state = slot_state::empty;
    if (const status found = find_reading(at, image, state); found != status::ok) return found;
    if (state == slot_state::empty) return status::ok;
    if (state == slot_state::waiting) ++pending_;
  }
}

void reading_log::take(log_place place, std::uint64_t boot_id, slot_state state) {
  newest_ = place;
  if (boot_id != newest_boot_) {
    newest_boot_ = boot_id;
    oldest_waiting_of_boot_ = place;
  }
  if (state != slot_state::waiting) return;
  if (pending_ == 0) oldest_waiting_ = oldest_waiting_of_boot_ = place;
  ++pending_;
}

status reading_log::next_batch(span<log_place> places, std::size_t& count) {
  count = 0;
  if (pending_ == 0 || places.empty()) return status::ok;
  slot_image image;
  slot_state state = slot_state::empty;
  if (const status seen = look(newest_, image, state); seen != status::ok) return seen;
  const bool newest_leads = state == slot_state::waiting;
  if (newest_leads) places[count++] = newest_;

  std::uint64_t boot_id = newest_boot_;
  log_place& oldest = newest_leads ? oldest_waiting_of_boot_ : oldest_waiting_;
  bool is_first = true;
  for (log_place at = oldest; count < places.size(); at = after(at)) {
    if (const status found = find_reading(at, image, state); found != status::ok) return found;
    if (state == slot_state::empty) break;
    if (is_first && !newest_leads) boot_id = boot_of(image);
    // The readings of a boot stand together.
    if (boot_of(image) != boot_id) break;
    if (state != slot_state::waiting) continue;
    if (is_first) oldest = at;
    is_first = false;
    if (is_before(at, newest_) || !newest_leads) places[count++] = at;
  }
  // What decayed since it was counted does not wait.
  if (count == 0) pending_ = 0;
  return status::ok;
}

status reading_log::read(log_place place, reading& reading) {
  if (!holds(place)) return status::not_found;
  slot_image image;
  slot_state state = slot_state::empty;
  if (const status seen = look(place, image, state); seen != status::ok) return seen;
  if (state == slot_state::empty) return status::malformed;
  decode_slot(image, reading);
  return status::ok;
}

status reading_log::free(span<const log_place> places) {
  static constexpr std::array<std::uint8_t, slot_mark_size> mark = {};
  status worst = status::ok;
  for (const log_place place : places) {
    slot_image image;
    slot_state state = slot_state::empty;
    if (const status seen = look(place, image, state); seen != status::ok) return seen;
    if (state != slot_state::waiting) continue;
    const status programmed = flash_.program(offset_of(place) + slot_body_size, mark);
    if (const status seen = look(place, image, state); seen != status::ok) return seen;
    if (state == slot_state::waiting) {
      worst = programmed == status::ok ? status::flash_failed : programmed;
    } else if (const status counted = count_off(1); counted != status::ok) {
      return counted;
    }
  }
  return worst;
}

/// empty also where the log holds nothing.
status reading_log::look(log_place place, slot_image& image, slot_state& state) {
  state = slot_state::empty;
  if (!holds(place)) return status::ok;
  if (const status read = flash_.read(offset_of(place), image); read != status::ok) return read;
  state = state_of(image, place.sector_serial);
  return status::ok;
}

/// Moves on to the first reading that is not before `from`; empty when there is none.
status reading_log::find_reading(log_place& from, slot_image& image, slot_state& state) {
  state = slot_state::empty;
  if (is_before(from, oldest_place())) from = oldest_place();
  for (; is_before(from, end_); from = after(from)) {
    if (const status seen = look(from, image, state); seen != status::ok) return seen;
    if (state != slot_state::empty) return status::ok;
  }
  return status::ok;
}

/// ok when flash reads as it was told.
status reading_log::write(std::uint32_t offset, bytes data) {
  if (const status programmed = flash_.program(offset, data); programmed != status::ok) return programmed;
  slot_image image;
  const auto copy = mutable_bytes(image).first(data.size());
  if (const status read = flash_.read(offset, copy); read != status::ok) return read;
  return std::equal(data.begin(), data.end(), copy.begin()) ? status::ok : status::flash_failed;
}

}  // namespace sealpost
