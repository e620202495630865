#pragma once

#include "sealpost/console/stored_config.hpp"
// `sealpost device add ID --out firmware/include/device_config.h` writes it, and it is never committed. Without it, the
// serial console asks for everything.
#if __has_include("device_config.h") && !defined(SEALPOST_WITHOUT_DEVICE_CONFIG)
#include "device_config.h"
#else
#define SEALPOST_DEVICE_ID ""
#define SEALPOST_DEVICE_KEY_BASE64 ""
#define SEALPOST_SERVER_URL ""
#define SEALPOST_WIFI_SSID ""
#define SEALPOST_WIFI_PASSWORD ""
#endif
#ifndef SEALPOST_TIME_ZONE
#define SEALPOST_TIME_ZONE "UTC0"
#endif

namespace sealpost {

/// The pins are platformio.ini's, since they are the board's.
constexpr built_in_config built_in{
    SEALPOST_DEVICE_ID,     SEALPOST_DEVICE_KEY_BASE64, SEALPOST_SERVER_URL, SEALPOST_WIFI_SSID,
    SEALPOST_WIFI_PASSWORD, SEALPOST_TIME_ZONE,         SEALPOST_SDA_PIN,    SEALPOST_SCL_PIN};

}  // namespace sealpost
