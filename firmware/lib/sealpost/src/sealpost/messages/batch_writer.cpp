#include <pb_encode.h>
#include <sealpost/v1/reading.pb.h>

#include "sealpost/messages/messages.hpp"
#include "sealpost/messages/proto_time.hpp"

namespace sealpost {
namespace {

// A field of an embedded message: its tag and its length, of a byte each, then the message.
static_assert(most_reading_bytes == 2 + sealpost_v1_Reading_size);
static_assert(most_status_bytes == 2 + sealpost_v1_DeviceStatus_size);
static_assert(static_cast<int>(time_source::uptime) == sealpost_v1_TimeSource_TIME_SOURCE_UPTIME);
static_assert(static_cast<int>(time_source::server) == sealpost_v1_TimeSource_TIME_SOURCE_SERVER);
static_assert(static_cast<int>(time_source::ntp) == sealpost_v1_TimeSource_TIME_SOURCE_NTP);

sealpost_v1_Vector3 message_of(const vector3& vector) { return {vector.x, vector.y, vector.z}; }

sealpost_v1_Reading message_of(const reading& reading) {
  sealpost_v1_Reading out{};
  out.sequence = reading.sequence;
  out.has_uptime = true;
  out.uptime = duration_of(reading.uptime);
  // A stamp is absent exactly when there is no clock but uptime (docs/protocol-v1.md, section 6.1).
  out.has_collected_time = reading.collected.source != time_source::uptime && reading.collected.time.has_value();
  if (out.has_collected_time) out.collected_time = timestamp_of(*reading.collected.time);
  const time_source source = out.has_collected_time ? reading.collected.source : time_source::uptime;
  out.time_source = static_cast<sealpost_v1_TimeSource>(source);
  if (reading.bmp280) {
    out.has_bmp280 = true;
    out.bmp280 = {reading.bmp280->temperature_celsius, reading.bmp280->pressure_pascals};
  }
  if (reading.mpu6050) {
    out.has_mpu6050 = true;
    out.mpu6050 = {true, message_of(reading.mpu6050->acceleration_mps2), true,
                   message_of(reading.mpu6050->angular_velocity_rps), reading.mpu6050->temperature_celsius};
  }
  if (reading.sht4x) {
    out.has_sht4x = true;
    out.sht4x = {reading.sht4x->temperature_celsius, reading.sht4x->humidity_percent};
  }
  return out;
}

/// Writes an embedded message after the `size` bytes that are there; no_room leaves these as they were.
status append(mutable_bytes into, std::size_t& size, std::uint32_t tag, const pb_msgdesc_t* fields,
              const void* message) {
  pb_ostream_t stream = pb_ostream_from_buffer(into.data() + size, into.size() - size);
  if (!pb_encode_tag(&stream, PB_WT_STRING, tag)) return status::no_room;
  if (!pb_encode_submessage(&stream, fields, message)) return status::no_room;
  size += stream.bytes_written;
  return status::ok;
}

}  // namespace

status batch_writer::begin(std::uint64_t boot_id) {
  if (boot_id == 0) return status::malformed;
  if (into_.size() < most_status_bytes) return status::no_room;
  const mutable_bytes room = into_.first(into_.size() - most_status_bytes);
  pb_ostream_t stream = pb_ostream_from_buffer(room.data(), room.size());
  if (!pb_encode_tag(&stream, PB_WT_64BIT, sealpost_v1_ReadingBatch_boot_id_tag)) return status::no_room;
  if (!pb_encode_fixed64(&stream, &boot_id)) return status::no_room;
  boot_id_ = boot_id;
  readings_ = 0;
  size_ = stream.bytes_written;
  return status::ok;
}

status batch_writer::add(const reading& reading) {
  if (boot_id_ == 0 || reading.boot_id != boot_id_ || reading.sequence == 0) return status::malformed;
  if (readings_ == most_readings_in_batch) return status::no_room;
  const sealpost_v1_Reading message = message_of(reading);
  const mutable_bytes room = into_.first(into_.size() - most_status_bytes);
  const status added = append(room, size_, sealpost_v1_ReadingBatch_readings_tag, sealpost_v1_Reading_fields, &message);
  if (added == status::ok) readings_ += 1;
  return added;
}

status batch_writer::finish(const device_status* status, std::size_t& size) {
  if (readings_ == 0) return status::malformed;
  if (status != nullptr) {
    const sealpost_v1_DeviceStatus message{status->queued_readings, status->dropped_readings, status->free_heap_bytes,
                                           status->rssi_dbm};
    const sealpost::status added =
        append(into_, size_, sealpost_v1_ReadingBatch_status_tag, sealpost_v1_DeviceStatus_fields, &message);
    if (added != sealpost::status::ok) return added;
  }
  size = size_;
  return sealpost::status::ok;
}

}  // namespace sealpost
