#pragma once

#include <string>

#include "linux/stop_event.hpp"
#include "sealpost/platform.hpp"

namespace sealpost::posix {

/// Lines on the standard output, each with the host's local time: what a board says on its serial console. One that is
/// switched off says nothing.
class console_log final : public log_sink {
 public:
  /// A quiet one leaves out what is neither a warning nor an error.
  console_log(bool quiet, const stop_event& stop) : quiet_(quiet), stop_(stop) {}
  void line(log_level level, const char* text) override;
  /// What was asked for, whatever holds for the other lines.
  static void say(const std::string& text);

 private:
  bool quiet_;
  const stop_event& stop_;
};

}  // namespace sealpost::posix
