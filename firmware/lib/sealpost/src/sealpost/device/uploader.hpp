#pragma once

#include "sealpost/log/reading_log.hpp"
#include "sealpost/wire/link.hpp"

namespace sealpost {

/// Readings on their way: into flash before anything else, then to the server, batch by batch, until a receipt frees
/// them. For one thread.
class uploader {
 public:
  uploader(link& link, const platform& platform) : link_(link), platform_(platform), log_(platform.readings) {}

  /// Mounts the log. Call it first, once.
  void begin();

  /// Keeps a reading until the server has it: in flash, or in memory when flash does not take it.
  void keep(const reading& reading);

  /// Readings that wait for a receipt, and those lost for want of room since the board was first used.
  [[nodiscard]] std::uint32_t pending() const { return log_.pending() + (unlogged_ ? 1 : 0); }
  [[nodiscard]] std::uint64_t dropped() const { return log_.dropped() + lost_; }

  /// The uptime from which an upload may be tried; nothing while none waits or there is no session.
  [[nodiscard]] std::optional<micros> due();

  /// What a receipt has brought.
  struct outcome {
    upload_receipt receipt;
    std::uint32_t readings = 0;
    micros asked = 0;
    micros returned = 0;
  };
  /// Tries one batch: ok when a receipt has come for it. After anything else due() says when to try again.
  status upload(outcome& done);

 private:
  status write_batch(mutable_bytes into, span<log_place> places, std::size_t& count, std::size_t& size);
  status add_from_log(batch_writer& batch, span<log_place> places, std::size_t& count);
  void free_batch(span<const log_place> places);
  [[nodiscard]] device_status health();

  link& link_;
  const platform& platform_;
  reading_log log_;
  /// A reading that flash did not take.
  std::optional<reading> unlogged_;
  /// Readings that neither flash nor memory could keep.
  std::uint64_t lost_ = 0;
  std::optional<device_status> status_told_;
  micros not_before_ = 0;
  /// For what is in flash; the reading in memory does not wait for that.
  micros log_not_before_ = 0;
};

}  // namespace sealpost
