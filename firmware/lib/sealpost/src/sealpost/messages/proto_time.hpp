#pragma once

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <optional>

#include "sealpost/micros.hpp"

/// Times on the wire (docs/protocol-v1.md, section 2).
namespace sealpost {

[[nodiscard]] google_protobuf_Timestamp timestamp_of(micros time);
[[nodiscard]] google_protobuf_Duration duration_of(micros span);

/// Cut to microseconds. Nothing when it is before 1970 or what google/protobuf/timestamp.proto rules out.
[[nodiscard]] std::optional<micros> micros_of(const google_protobuf_Timestamp& time);
/// Cut to microseconds, towards zero. Nothing when google/protobuf/duration.proto rules it out.
[[nodiscard]] std::optional<micros> micros_of(const google_protobuf_Duration& span);

}  // namespace sealpost
