#pragma once

#include <string>

#include "sealpost/device/device.hpp"

namespace sealpost::posix {

/// Everything that a device shows of itself, as `status name=value name=value …`. `heap_peak` is in bytes, mbedtls's.
[[nodiscard]] std::string status_line(const device_view& view, std::size_t heap_peak);

}  // namespace sealpost::posix
