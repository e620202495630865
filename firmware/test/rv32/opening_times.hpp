#pragma once

namespace sealpost::rv32 {

/// Whether opening a record takes as many instructions wherever its tag is wrong, whatever its padding where that is
/// right, and whatever it is where it is wrong. Prints the three numbers.
bool opens_in_constant_time();

}  // namespace sealpost::rv32
