#pragma once

#include "sealpost/console/stored_config.hpp"
#include "sealpost/console/text_sink.hpp"
#include "sealpost/device/device.hpp"

namespace sealpost {

/// How a device is, in a dozen lines for a person. No secret is in them.
void report_status(const device_config& config, const device_view& view, const board_health& health,
                   text_sink& terminal);

}  // namespace sealpost
