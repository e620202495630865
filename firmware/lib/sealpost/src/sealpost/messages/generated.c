/* PlatformIO compiles what lies in this library's folder: so nanopb's generated sources come in from here. CMake takes
   them where they are and passes this file over. */
#include "google/protobuf/duration.pb.c"
#include "google/protobuf/timestamp.pb.c"
#include "sealpost/v1/clock.pb.c"
#include "sealpost/v1/device_service.pb.c"
#include "sealpost/v1/handshake.pb.c"
#include "sealpost/v1/reading.pb.c"
#include "sealpost/v1/record.pb.c"
