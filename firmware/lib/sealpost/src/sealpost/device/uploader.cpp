#include "sealpost/device/uploader.hpp"

#include <algorithm>
#include <cinttypes>

#include "sealpost/log_line.hpp"

namespace sealpost {
namespace {

/// How long an upload waits for a clock report that is on its way.
constexpr micros patience = second;
/// While the link is busy.
constexpr micros after_busy = second / 10;
/// What flash can't mark as receipted goes out again and is counted as a duplicate; not too often.
constexpr micros after_flash_failure = minute;

/// Whether it differs by more than the noise of a running system.
bool worth_telling(const device_status& now, const std::optional<device_status>& told) {
  constexpr std::uint32_t heap_step = 4096;
  constexpr std::int32_t rssi_step = 4;
  if (!told) return true;
  const std::uint32_t heap =
      std::max(now.free_heap_bytes, told->free_heap_bytes) - std::min(now.free_heap_bytes, told->free_heap_bytes);
  const std::int64_t rssi = std::int64_t{now.rssi_dbm} - told->rssi_dbm;
  return now.queued_readings != told->queued_readings || now.dropped_readings != told->dropped_readings ||
         heap >= heap_step || rssi >= rssi_step || rssi <= -rssi_step;
}

}  // namespace

void uploader::begin() {
  if (const status mounted = log_.mount(); mounted != status::ok) {
    log_line(platform_.log, log_level::error, "the log of readings: %s", describe(mounted));
  } else {
    log_line(platform_.log, log_level::info, "%" PRIu32 " readings wait for the server", log_.pending());
  }
}

void uploader::keep(const reading& reading) {
  const std::uint64_t dropped_before = log_.dropped();
  if (const status logged = log_.append(reading); logged != status::ok) {
    log_line(platform_.log, log_level::error, "flash does not take readings: %s", describe(logged));
    if (unlogged_) lost_ += 1;
    unlogged_ = reading;
  }
  if (log_.dropped() > dropped_before) {
    log_line(platform_.log, log_level::warning, "the log is full: %" PRIu64 " readings dropped so far", dropped());
  }
}

std::optional<micros> uploader::due() {
  if (pending() == 0) return std::nullopt;
  const std::optional<micros> ready = link_.ready_at(method::sensor_upload);
  if (!ready) return std::nullopt;
  return std::max({*ready, not_before_, unlogged_ ? 0 : log_not_before_});
}

status uploader::upload(outcome& done) {
  link::turn turn(link_, method::sensor_upload, patience);
  if (turn.state() == status::not_now) not_before_ = platform_.clock.uptime() + after_busy;
  if (turn.state() != status::ok) return turn.state();

  std::array<log_place, most_readings_in_batch> places;
  std::size_t count = 0;
  std::size_t size = 0;
  if (const status written = write_batch(turn.plaintext(), places, count, size); written != status::ok) {
    log_line(platform_.log, log_level::error, "no batch could be made: %s", describe(written));
    (unlogged_ ? not_before_ : log_not_before_) = platform_.clock.uptime() + after_flash_failure;
    return written;
  }
  done.asked = platform_.clock.uptime();
  if (const status ended = turn.call(size, done.receipt, done.returned); ended != status::ok) {
    // Whether the status has arrived is not known either.
    status_told_.reset();
    return ended;
  }
  done.readings = unlogged_ ? 1 : static_cast<std::uint32_t>(count);
  free_batch(span<const log_place>(places).first(count));
  return status::ok;
}

status uploader::write_batch(mutable_bytes into, span<log_place> places, std::size_t& count, std::size_t& size) {
  batch_writer batch(into);
  status written = status::ok;
  if (unlogged_) {
    written = batch.begin(unlogged_->boot_id);
    if (written == status::ok) written = batch.add(*unlogged_);
  } else {
    written = add_from_log(batch, places, count);
  }
  if (written != status::ok) return written;
  const device_status now = health();
  const bool tell = worth_telling(now, status_told_);
  if (tell) status_told_ = now;
  return batch.finish(tell ? &now : nullptr, size);
}

status uploader::add_from_log(batch_writer& batch, span<log_place> places, std::size_t& count) {
  std::size_t waiting = 0;
  if (const status found = log_.next_batch(places, waiting); found != status::ok) return found;
  reading next;
  for (std::size_t i = 0; i < waiting; ++i) {
    const log_place place = places[i];
    const status read = log_.read(place, next);
    if (read == status::malformed) {
      // Decayed a moment ago. The log knows it no more, and it must not stand in the way of the others.
      lost_ += 1;
      continue;
    }
    if (read != status::ok) return read;
    if (count == 0) {
      if (const status begun = batch.begin(next.boot_id); begun != status::ok) return begun;
    }
    const status added = batch.add(next);
    if (added == status::no_room && count > 0) break;
    if (added != status::ok) return added;
    places[count] = place;
    count += 1;
  }
  return count > 0 ? status::ok : status::not_found;
}

void uploader::free_batch(span<const log_place> places) {
  if (places.empty()) {
    unlogged_.reset();
    return;
  }
  if (const status freed = log_.free(places); freed != status::ok) {
    log_line(platform_.log, log_level::error, "flash does not take receipts: %s", describe(freed));
    log_not_before_ = platform_.clock.uptime() + after_flash_failure;
  }
}

device_status uploader::health() {
  const board_health board = platform_.board.health();
  return {pending(), dropped(), board.free_heap_bytes, board.rssi_dbm};
}

}  // namespace sealpost
