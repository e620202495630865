#include "linux/console_log.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace sealpost::posix {
namespace {

const char* prefix_of(log_level level) {
  switch (level) {
    case log_level::info:
      return "";
    case log_level::warning:
      return "warning: ";
    case log_level::error:
      return "error: ";
  }
  return "";
}

}  // namespace

void console_log::line(log_level level, const char* text) {
  const bool is_told = !quiet_ || level != log_level::info;
  if (is_told && !stop_.requested()) say(std::string(prefix_of(level)) + text);
}

void console_log::say(const std::string& text) {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  std::array<char, 16> time{};
  if (localtime_r(&now, &local) == nullptr || std::strftime(time.data(), time.size(), "%H:%M:%S", &local) == 0) return;
  // One call, so that lines of different threads don't mix; flushed, since whoever reads along may be a program. There
  // is nowhere to say that nobody can be told.
  (void)std::printf("%s  %s\n", time.data(), text.c_str());
  (void)std::fflush(stdout);
}

}  // namespace sealpost::posix
