#pragma once

#include <string>

#include "sealpost/bytes.hpp"

namespace sealpost::posix {

/// Reads a device key, 32 bytes in base64, from a file that nobody but its owner can reach. False with a sentence that
/// says what to do, and never anything of what the file holds.
[[nodiscard]] bool read_key_file(const std::string& path, key256& key, std::string& problem);

}  // namespace sealpost::posix
