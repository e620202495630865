#include "sealpost/console/text_sink.hpp"

#include <array>
#include <cstdarg>
#include <cstdio>

namespace sealpost {

void say(text_sink& terminal, const char* format, ...) {
  std::array<char, 160> text{};
  std::va_list arguments;
  va_start(arguments, format);
  const int length = std::vsnprintf(text.data(), text.size(), format, arguments);
  va_end(arguments);
  if (length >= 0) terminal.write(text.data());
  terminal.write("\r\n");
}

}  // namespace sealpost
