#pragma once

#include <string>

#include "sealpost/platform.hpp"

namespace sealpost::posix {

/// Lines on the standard output, each with the host's local time: what a board says on its serial console.
class console_log final : public log_sink {
 public:
  /// A quiet one leaves out what is neither a warning nor an error.
  explicit console_log(bool quiet) : quiet_(quiet) {}
  void line(log_level level, const char* text) override;
  /// What was asked for, also of a quiet one.
  static void say(const std::string& text);

 private:
  bool quiet_;
};

}  // namespace sealpost::posix
