#pragma once

#include "sealpost/platform.hpp"
#include "sealpost/reading.hpp"

/// Readings on raw NOR flash until the server has them. The format is in docs/flash-log.md.
namespace sealpost {

/// Where a reading is in the log. It names one reading for ever: once its sector was erased, it names nothing.
struct log_place {
  std::uint32_t sector_serial = 0;
  std::uint16_t sector = 0;
  std::uint16_t slot = 0;
};

class reading_log {
 public:
  explicit reading_log(flash& flash) : flash_(flash) {}

  /// Reads what is there, whatever a power cut has left; rubbish is an empty log. Call it first, once.
  status mount();

  /// Writes a reading and reads it back: it is safe when this gives ok. When the ring is full, the sector with the
  /// oldest readings goes, and those of them that were not receipted are counted as dropped.
  status append(const reading& reading);

  /// What to upload next, at most `places.size()`: the newest reading first, when it waits, then those of its boot that
  /// wait longest; without it the oldest and others of its boot. All are of one boot. `count` is 0 when nothing waits.
  status next_batch(span<log_place> places, std::size_t& count);

  status read(log_place place, reading& reading);

  /// Marks readings as receipted, in place. A place that is gone is passed over. Each may be freed again.
  status free(span<const log_place> places);

  /// Readings that wait for a receipt.
  [[nodiscard]] std::uint32_t pending() const { return pending_; }
  /// Readings lost for want of room since the partition was first used.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  /// Readings that fit, at least: the ring less the sector that is being erased.
  [[nodiscard]] std::uint32_t capacity() const;

 private:
  flash& flash_;
  std::uint32_t pending_ = 0;
  std::uint64_t dropped_ = 0;
  // The rest is the implementation's.
};

}  // namespace sealpost
