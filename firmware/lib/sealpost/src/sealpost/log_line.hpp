#pragma once

#include "sealpost/platform.hpp"

namespace sealpost {

/// Writes one line, as printf does, of at most 159 characters. Never pass it a secret.
[[gnu::format(printf, 3, 4)]] void log_line(log_sink& log, log_level level, const char* format, ...);

}  // namespace sealpost
