#include "sealpost/messages/messages.hpp"

#include <pb_decode.h>
#include <pb_encode.h>
#include <sealpost/v1/clock.pb.h>
#include <sealpost/v1/handshake.pb.h>
#include <sealpost/v1/reading.pb.h>

#include <cstring>

#include "sealpost/messages/proto_time.hpp"

namespace sealpost {
namespace {

static_assert(most_hello_bytes == sealpost_v1_Hello_size);
static_assert(most_clock_report_bytes == sealpost_v1_ClockReport_size);
static_assert(static_cast<int>(clock_source::local) == sealpost_v1_ClockSource_CLOCK_SOURCE_LOCAL);
static_assert(static_cast<int>(clock_source::ntp) == sealpost_v1_ClockSource_CLOCK_SOURCE_NTP);

status write(const pb_msgdesc_t* fields, const void* message, mutable_bytes into, std::size_t& size) {
  pb_ostream_t stream = pb_ostream_from_buffer(into.data(), into.size());
  if (!pb_encode(&stream, fields, message)) return status::no_room;
  size = stream.bytes_written;
  return status::ok;
}

/// What comes twice counts as Protobuf has it: the last scalar wins, embedded messages are merged.
bool read(bytes from, const pb_msgdesc_t* fields, void* message) {
  pb_istream_t stream = pb_istream_from_buffer(from.data(), from.size());
  return pb_decode(&stream, fields, message);
}

/// Copies a text with its zero; null is the empty text. False when it is longer than the schema allows.
template <std::size_t Size>
bool copy_text(const char* text, char (&into)[Size]) {
  if (text == nullptr) return true;
  const void* end = std::memchr(text, 0, Size);
  if (end == nullptr) return false;
  std::memcpy(into, text, static_cast<std::size_t>(static_cast<const char*>(end) - text) + 1);
  return true;
}

void put(std::optional<micros> time, bool& has, google_protobuf_Timestamp& field) {
  has = time.has_value();
  if (time) field = timestamp_of(*time);
}

void put(std::optional<micros> span, bool& has, google_protobuf_Duration& field) {
  has = span.has_value();
  if (span) field = duration_of(*span);
}

template <class Time>
std::optional<micros> taken(bool has, const Time& field) {
  return has ? micros_of(field) : std::nullopt;
}

device_settings taken(const sealpost_v1_DeviceSettings& settings) {
  return {taken(settings.has_sample_interval, settings.sample_interval),
          taken(settings.has_local_time_interval, settings.local_time_interval),
          taken(settings.has_ntp_interval, settings.ntp_interval)};
}

}  // namespace

bool operator==(const device_status& left, const device_status& right) {
  return left.queued_readings == right.queued_readings && left.dropped_readings == right.dropped_readings &&
         left.free_heap_bytes == right.free_heap_bytes && left.rssi_dbm == right.rssi_dbm;
}

status encode(const hello& message, mutable_bytes into, std::size_t& size) {
  sealpost_v1_Hello out{};
  out.boot_id = message.boot_id;
  put(message.uptime, out.has_uptime, out.uptime);
  if (!copy_text(message.firmware_version, out.firmware_version)) return status::malformed;
  if (!copy_text(message.hardware, out.hardware)) return status::malformed;
  return write(sealpost_v1_Hello_fields, &out, into, size);
}

status encode(const clock_report& message, mutable_bytes into, std::size_t& size) {
  sealpost_v1_ClockReport out{};
  out.source = static_cast<sealpost_v1_ClockSource>(message.source);
  put(message.device_time, out.has_device_time, out.device_time);
  put(message.uptime, out.has_uptime, out.uptime);
  out.utc_offset_seconds = message.utc_offset_seconds;
  put(message.measured_offset, out.has_measured_offset, out.measured_offset);
  put(message.round_trip, out.has_round_trip, out.round_trip);
  if (!copy_text(message.ntp_server, out.ntp_server)) return status::malformed;
  put(message.ntp_offset, out.has_ntp_offset, out.ntp_offset);
  return write(sealpost_v1_ClockReport_fields, &out, into, size);
}

status decode(bytes from, welcome& message) {
  sealpost_v1_Welcome in{};
  if (!read(from, sealpost_v1_Welcome_fields, &in) || in.session_id == 0) return status::malformed;
  message = {in.session_id, taken(in.has_session_lifetime, in.session_lifetime),
             taken(in.has_server_time, in.server_time), taken(in.settings)};
  return status::ok;
}

status decode(bytes from, upload_receipt& message) {
  sealpost_v1_UploadReceipt in{};
  if (!read(from, sealpost_v1_UploadReceipt_fields, &in)) return status::malformed;
  message = {in.stored, in.duplicates, in.refused_sensors, taken(in.has_server_time, in.server_time),
             taken(in.settings)};
  return status::ok;
}

status decode(bytes from, clock_answer& message) {
  sealpost_v1_ClockAnswer in{};
  if (!read(from, sealpost_v1_ClockAnswer_fields, &in)) return status::malformed;
  message = {taken(in.has_receive_time, in.receive_time), taken(in.has_transmit_time, in.transmit_time)};
  return status::ok;
}

}  // namespace sealpost
