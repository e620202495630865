#pragma once

#include "sealpost/bytes.hpp"
#include "sealpost/reading.hpp"
#include "sealpost/status.hpp"

/// The messages of docs/protocol-v1.md, section 6, in the core's own types, encoded and decoded by nanopb without a
/// heap and without its structs' fixed arrays: `sealed` alone would be 8 KB of them.
namespace sealpost {

/// What a server asks for; nothing means: keep what you have.
struct device_settings {
  std::optional<micros> sample_interval;
  std::optional<micros> local_time_interval;
  std::optional<micros> ntp_interval;
};

struct hello {
  std::uint64_t boot_id;
  micros uptime;
  /// Each at most 32 bytes.
  const char* firmware_version;
  const char* hardware;
};

struct welcome {
  std::uint64_t session_id = 0;
  std::optional<micros> session_lifetime;
  std::optional<micros> server_time;
  device_settings settings;
};

struct device_status {
  std::uint32_t queued_readings = 0;
  std::uint64_t dropped_readings = 0;
  std::uint32_t free_heap_bytes = 0;
  std::int32_t rssi_dbm = 0;
};
[[nodiscard]] bool operator==(const device_status& left, const device_status& right);

struct upload_receipt {
  std::uint32_t stored = 0;
  std::uint32_t duplicates = 0;
  std::uint32_t refused_sensors = 0;
  std::optional<micros> server_time;
  device_settings settings;
};

enum class clock_source : std::uint8_t { local = 1, ntp = 2 };

struct clock_report {
  clock_source source;
  std::optional<micros> device_time;
  micros uptime;
  std::int32_t utc_offset_seconds;
  std::optional<micros> measured_offset;
  std::optional<micros> round_trip;
  /// At most 64 bytes; null when there is nothing to say of NTP.
  const char* ntp_server;
  std::optional<micros> ntp_offset;
};

struct clock_answer {
  std::optional<micros> receive_time;
  std::optional<micros> transmit_time;
};

// Each `encode` gives the bytes written to the front of `into`: no_room when they don't fit, malformed when a text is
// longer than its bound. Each `decode` takes hostile bytes: malformed when they don't parse, and then nothing is given.
// Fields that are not known are passed over. Times that can't be (proto_time.hpp) count as absent.

status encode(const hello& message, mutable_bytes into, std::size_t& size);
status encode(const clock_report& message, mutable_bytes into, std::size_t& size);
/// malformed without a session id, too.
status decode(bytes from, welcome& message);
status decode(bytes from, upload_receipt& message);
status decode(bytes from, clock_answer& message);

/// A ReadingBatch, reading by reading: begin, add 1 to 64 times, finish. Keeps room for a status, so that finish never
/// lacks it.
class batch_writer {
 public:
  explicit batch_writer(mutable_bytes into) : into_(into) {}
  status begin(std::uint64_t boot_id);
  /// no_room leaves the batch as it was before this reading: it can be finished, or go on with a smaller one. malformed
  /// for a reading of another boot.
  status add(const reading& reading);
  /// `status` may be null. malformed without readings.
  status finish(const device_status* status, std::size_t& size);

 private:
  mutable_bytes into_;
  std::uint64_t boot_id_ = 0;
  std::size_t readings_ = 0;
  std::size_t size_ = 0;
};

/// The largest encodings, by the schemas' bounds; a reading and a status as fields of a batch.
constexpr std::size_t most_hello_bytes = 101;
constexpr std::size_t most_reading_bytes = 128;
constexpr std::size_t most_clock_report_bytes = 194;
constexpr std::size_t most_status_bytes = 31;

// The outer envelopes. The sealed bytes stand where they are; only what goes before them is written.

/// What goes before `sealed_size` bytes in a SensorUploadRequest or a TimeSyncRequest: at most 32 bytes.
constexpr std::size_t most_envelope_bytes = 32;
status encode_record_envelope(std::uint64_t session_id, std::uint32_t counter, std::size_t sealed_size,
                              mutable_bytes into, std::size_t& size);

/// A SealedRecord in a response, within the bounds of docs/protocol-v1.md, section 5; `sealed` is a part of the bytes
/// it was decoded from.
struct sealed_record {
  std::uint64_t session_id = 0;
  std::uint64_t counter = 0;
  mutable_bytes sealed;
};
status decode_record(mutable_bytes from, sealed_record& record);

/// `handshake` has 48 to 512 bytes and is no part of `into`.
status encode_key_exchange(const char* device_id, bytes handshake, mutable_bytes into, std::size_t& size);
/// `handshake` is a part of `from`, 48 to 512 bytes.
status decode_key_exchange(mutable_bytes from, mutable_bytes& handshake);

}  // namespace sealpost
