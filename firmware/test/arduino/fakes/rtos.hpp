#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "sealpost/micros.hpp"

/// FreeRTOS on a host: every task is a thread, but only one runs at a time, and time passes only while all of them
/// wait. So a run is the same each time, and as fast as it can be.
namespace sealpost::test {

struct rtos_task {
  std::string name;
  std::uint32_t stack_bytes = 0;
  std::thread thread;
  std::condition_variable turn;
  /// When it wants to go on; a notification makes that now.
  micros wakes_at = 0;
  bool waits_for_notification = false;
  std::uint32_t notifications = 0;
  /// Of the watchdog; nothing while it does not watch this task.
  std::optional<micros> fed_at;
};

class rtos {
 public:
  /// The time that passes, whatever is booted.
  [[nodiscard]] micros now() const { return now_; }
  /// A task that the test starts, or that a task starts.
  rtos_task* create(std::string name, std::uint32_t stack_bytes, std::function<void()> body);
  /// By its name; null when there is none.
  [[nodiscard]] rtos_task* find(const std::string& name);
  /// Runs everything until that time, or until `halt`.
  void run_until(micros time);

  // For tasks, which are what calls them.

  [[nodiscard]] rtos_task* running() { return running_; }
  /// Sleeps until that time, or until it is notified, if it waits for that.
  void sleep_until(micros time, bool or_notified = false);
  void notify(rtos_task& task);
  /// Never comes back: the chip is reset, or has lost its power.
  [[noreturn]] void halt();

  /// Forgets every task. What ran stays where it was, for ever.
  void cut_power();

  // The watchdog.

  micros watchdog_period = 0;
  /// The task that it was waiting for when it lost patience.
  std::string watchdog_bit;

 private:
  void resume(rtos_task& task);
  void give_way(std::unique_lock<std::mutex>& hold);
  void check_watchdog();

  std::mutex mutex_;
  std::condition_variable nobody_runs_;
  std::vector<rtos_task*> tasks_;
  rtos_task* running_ = nullptr;
  bool is_halted_ = false;
  micros now_ = 0;
};

}  // namespace sealpost::test
