#pragma once

#include "sealpost/log/format.hpp"

/// Readings on raw NOR flash until the server has them. The format, and why it is safe, are in docs/flash-log.md.
namespace sealpost {

/// Where a reading is in the log. It names one reading for ever: once its sector was erased, it names nothing.
struct log_place {
  /// Also says which sector it is.
  std::uint32_t sector_serial = 0;
  std::uint16_t slot = 0;
};

/// For one caller at a time.
class reading_log {
 public:
  explicit reading_log(flash& flash) : flash_(flash) {}

  /// Reads what is there, whatever a power cut has left; rubbish is an empty log. Call it first, once. no_room unless
  /// the flash has 4 to 1024 whole sectors. After an error the log takes and gives nothing.
  status mount();

  /// Writes a reading and reads it back: it is safe when this gives ok. When the ring is full, the sector with the
  /// oldest readings goes, and those of them that were not receipted are counted as dropped. flash_failed when there is
  /// no place that keeps it; then it is not in the log.
  status append(const reading& reading);

  /// What to upload next, at most `places.size()`: the newest reading first, when it waits, then those of its boot that
  /// wait longest; without it the oldest and others of its boot. All are of one boot. `count` is 0 when nothing waits.
  /// A boot is over for good when another one's reading has been appended.
  status next_batch(span<log_place> places, std::size_t& count);

  /// not_found when it is gone, malformed when its bits have decayed.
  status read(log_place place, reading& reading);

  /// Marks readings as receipted, in place. A place that is gone is passed over. Each may be freed again. flash_failed
  /// when one of them can't be marked; the others are all the same.
  status free(span<const log_place> places);

  /// Readings that wait for a receipt.
  [[nodiscard]] std::uint32_t pending() const { return pending_; }
  /// Readings lost for want of room since the partition was first used.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  /// Readings that fit, at least: the ring less the sector that is being filled and the one that is erased next.
  [[nodiscard]] std::uint32_t capacity() const { return sectors_ == 0 ? 0 : (sectors_ - 2) * slots_in_sector; }

 private:
  [[nodiscard]] std::uint32_t offset_of(log_place place) const;
  [[nodiscard]] log_place oldest_place() const;
  [[nodiscard]] bool holds(log_place place) const;

  status find_newest_sector();
  status find_end();
  status find_readings();

  status open_next_sector();
  status begin_sector(std::uint32_t serial, std::uint64_t dropped);
  status write_header(std::uint32_t serial, std::uint64_t dropped);
  status count_waiting(std::uint32_t serial, std::uint32_t& waiting);
  status count_off(std::uint32_t readings);
  void take(log_place place, std::uint64_t boot_id, slot_state state);

  status look(log_place place, slot_image& image, slot_state& state);
  status find_reading(log_place& from, slot_image& image, slot_state& state);
  status write(std::uint32_t offset, bytes data);

  flash& flash_;
  /// Of the partition; 0 until it is mounted.
  std::uint16_t sectors_ = 0;
  std::uint32_t pending_ = 0;
  std::uint64_t dropped_ = 0;
  /// Where the next reading goes. When the slot is one behind the sector's last, into the next sector.
  log_place end_;
  /// The last reading.
  log_place newest_;
  std::uint64_t newest_boot_ = 0;
  // Nothing waits before these: in the whole log, and of the newest reading's boot.
  log_place oldest_waiting_;
  log_place oldest_waiting_of_boot_;
};

}  // namespace sealpost
