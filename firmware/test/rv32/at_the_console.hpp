#pragma once

#include "sealpost/device/device.hpp"

namespace sealpost::rv32 {

/// Has a look at the device on the serial console and has it run every vector of gen/vectors. Prints `vectors.passed`
/// and `vectors.failed`, and the names of those that fail; true when none does.
bool at_the_console(device& device, settings& store, board& board);

}  // namespace sealpost::rv32
