#pragma once

#include <functional>
#include <thread>

#include "linux/stop_event.hpp"

namespace sealpost::posix {

/// Takes the signals of the program, in a thread of its own: INT and TERM request a stop, USR1 asks for something.
/// Make it before any other thread, since those inherit which signals are blocked.
class signal_watch {
 public:
  signal_watch(const stop_event& stop, std::function<void()> on_usr1);
  /// Ends with the stop.
  ~signal_watch();
  signal_watch(const signal_watch&) = delete;
  signal_watch& operator=(const signal_watch&) = delete;

 private:
  void watch(int signals) const;

  const stop_event& stop_;
  std::function<void()> on_usr1_;
  std::thread thread_;
};

}  // namespace sealpost::posix
