#include "sealpost/log_line.hpp"

#include <cstdarg>
#include <cstdio>

namespace sealpost {

void log_line(log_sink& log, log_level level, const char* format, ...) {
  std::array<char, 160> text{};
  std::va_list arguments;
  va_start(arguments, format);
  const int length = std::vsnprintf(text.data(), text.size(), format, arguments);
  va_end(arguments);
  if (length >= 0) log.line(level, text.data());
}

}  // namespace sealpost
