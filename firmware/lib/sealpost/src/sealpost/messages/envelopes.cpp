#include <pb_decode.h>
#include <pb_encode.h>
#include <sealpost/v1/device_service.pb.h>
#include <sealpost/v1/record.pb.h>

#include <limits>

#include "sealpost/crypto/noise.hpp"
#include "sealpost/messages/messages.hpp"

namespace sealpost {
namespace {

// The four messages that hold a record have one shape, and so one encoder and one decoder.
constexpr std::uint32_t record_tag = sealpost_v1_SensorUploadRequest_record_tag;
static_assert(record_tag == sealpost_v1_SensorUploadResponse_record_tag);
static_assert(record_tag == sealpost_v1_TimeSyncRequest_record_tag);
static_assert(record_tag == sealpost_v1_TimeSyncResponse_record_tag);

constexpr std::size_t most_device_id_bytes = 32;
static_assert(sizeof(sealpost_v1_KeyExchangeRequest::device_id) == most_device_id_bytes + 1);
static_assert(sizeof(sealpost_v1_KeyExchangeRequest_handshake_t::bytes) == most_handshake_bytes);
static_assert(sizeof(sealpost_v1_KeyExchangeResponse_handshake_t::bytes) == most_handshake_bytes);

constexpr std::size_t block_bytes = 16;
constexpr std::size_t least_sealed_bytes = 2 * block_bytes;

bool is_handshake(bytes message) { return message.size() >= noise_overhead && message.size() <= most_handshake_bytes; }

/// The fields of an encoded message, one after the other; bytes stay where they are. What is false is the end of it.
class field_reader {
 public:
  explicit field_reader(mutable_bytes from) : from_(from), stream_(pb_istream_from_buffer(from.data(), from.size())) {}

  [[nodiscard]] bool at_end() const { return stream_.bytes_left == 0; }
  /// Moves on to a field, which is then to be taken or skipped. There is no field 0.
  [[nodiscard]] bool next() {
    bool ended = false;
    return pb_decode_tag(&stream_, &type_, &tag_, &ended) && tag_ != 0;
  }
  [[nodiscard]] std::uint32_t tag() const { return tag_; }

  [[nodiscard]] bool skip() { return pb_skip_field(&stream_, type_); }
  [[nodiscard]] bool take(std::uint64_t& varint) {
    return type_ == PB_WT_VARINT && pb_decode_varint(&stream_, &varint);
  }
  [[nodiscard]] bool take_fixed(std::uint64_t& value) {
    return type_ == PB_WT_64BIT && pb_decode_fixed64(&stream_, &value);
  }
  [[nodiscard]] bool take(mutable_bytes& value) {
    std::uint32_t size = 0;
    if (type_ != PB_WT_STRING || !pb_decode_varint32(&stream_, &size) || size > stream_.bytes_left) return false;
    value = from_.last(stream_.bytes_left).first(size);
    return pb_read(&stream_, nullptr, size);
  }

 private:
  mutable_bytes from_;
  pb_istream_t stream_;
  pb_wire_type_t type_ = PB_WT_VARINT;
  std::uint32_t tag_ = 0;
};

/// Gives each field to `take`, which takes or skips it; false when one does not parse.
template <class Take>
bool read_fields(mutable_bytes from, Take take) {
  field_reader fields(from);
  while (!fields.at_end()) {
    if (!fields.next() || !take(fields)) return false;
  }
  return true;
}

/// Reads a SealedRecord over what `record` holds: an embedded message that comes twice is merged.
bool read_record(mutable_bytes from, sealed_record& record) {
  return read_fields(from, [&record](field_reader& field) {
    switch (field.tag()) {
      case sealpost_v1_SealedRecord_session_id_tag:
        return field.take_fixed(record.session_id);
      case sealpost_v1_SealedRecord_counter_tag:
        return field.take(record.counter);
      case sealpost_v1_SealedRecord_sealed_tag:
        return field.take(record.sealed);
      default:
        return field.skip();
    }
  });
}

/// The bounds of docs/protocol-v1.md, section 5.
bool within_bounds(const sealed_record& record) {
  return record.session_id != 0 && record.counter != 0 && record.counter <= std::numeric_limits<std::uint32_t>::max() &&
         record.sealed.size() >= least_sealed_bytes && record.sealed.size() % block_bytes == 0;
}

std::size_t varint_size(std::uint64_t value) {
  std::size_t size = 1;
  for (; value > 0x7f; value >>= 7) size += 1;
  return size;
}

}  // namespace

status encode_record_envelope(std::uint64_t session_id, std::uint32_t counter, std::size_t sealed_size,
                              mutable_bytes into, std::size_t& size) {
  const std::size_t record_size =
      1 + sizeof(session_id) + 1 + varint_size(counter) + 1 + varint_size(sealed_size) + sealed_size;
  pb_ostream_t stream = pb_ostream_from_buffer(into.data(), into.size());
  const bool written = pb_encode_tag(&stream, PB_WT_STRING, record_tag) && pb_encode_varint(&stream, record_size) &&
                       pb_encode_tag(&stream, PB_WT_64BIT, sealpost_v1_SealedRecord_session_id_tag) &&
                       pb_encode_fixed64(&stream, &session_id) &&
                       pb_encode_tag(&stream, PB_WT_VARINT, sealpost_v1_SealedRecord_counter_tag) &&
                       pb_encode_varint(&stream, counter) &&
                       pb_encode_tag(&stream, PB_WT_STRING, sealpost_v1_SealedRecord_sealed_tag) &&
                       pb_encode_varint(&stream, sealed_size);
  if (!written) return status::no_room;
  size = stream.bytes_written;
  return status::ok;
}

status decode_record(mutable_bytes from, sealed_record& record) {
  sealed_record found;
  const bool parsed = read_fields(from, [&found](field_reader& field) {
    if (field.tag() != record_tag) return field.skip();
    mutable_bytes embedded;
    return field.take(embedded) && read_record(embedded, found);
  });
  if (!parsed || !within_bounds(found)) return status::malformed;
  record = found;
  return status::ok;
}

status encode_key_exchange(const char* device_id, bytes handshake, mutable_bytes into, std::size_t& size) {
  const bytes id = bytes_of(device_id);
  if (id.empty() || id.size() > most_device_id_bytes) return status::malformed;
  if (!is_handshake(handshake)) return status::malformed;
  pb_ostream_t stream = pb_ostream_from_buffer(into.data(), into.size());
  const bool written = pb_encode_tag(&stream, PB_WT_STRING, sealpost_v1_KeyExchangeRequest_device_id_tag) &&
                       pb_encode_string(&stream, id.data(), id.size()) &&
                       pb_encode_tag(&stream, PB_WT_STRING, sealpost_v1_KeyExchangeRequest_handshake_tag) &&
                       pb_encode_string(&stream, handshake.data(), handshake.size());
  if (!written) return status::no_room;
  size = stream.bytes_written;
  return status::ok;
}

status decode_key_exchange(mutable_bytes from, mutable_bytes& handshake) {
  mutable_bytes found;
  const bool parsed = read_fields(from, [&found](field_reader& field) {
    return field.tag() == sealpost_v1_KeyExchangeResponse_handshake_tag ? field.take(found) : field.skip();
  });
  if (!parsed || !is_handshake(found)) return status::malformed;
  handshake = found;
  return status::ok;
}

}  // namespace sealpost
