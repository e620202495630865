#pragma once

#include "linux/board_clock.hpp"
#include "linux/bounded_heap.hpp"
#include "linux/console_log.hpp"
#include "linux/job_threads.hpp"
#include "linux/kernel_random.hpp"
#include "linux/link_loss.hpp"
#include "linux/nor_file.hpp"
#include "linux/options.hpp"
#include "linux/settings_file.hpp"
#include "linux/simulated_ntp.hpp"
#include "linux/simulated_sensors.hpp"
#include "linux/socket_transport.hpp"
#include "linux/timed_mutex.hpp"

namespace sealpost::posix {

/// As much memory as mbedtls still has, and a radio that stays where it is.
class steady_board final : public board {
 public:
  explicit steady_board(std::uint32_t seed) : rssi_dbm_(-45 - static_cast<std::int32_t>(seed % 30)) {}
  [[nodiscard]] board_health health() override {
    return {static_cast<std::uint32_t>(bounded_heap::capacity - bounded_heap::used().current), rssi_dbm_};
  }

 private:
  std::int32_t rssi_dbm_;
};

/// An ESP32 of what this machine has, with the faults that were asked for.
class virtual_board {
 public:
  virtual_board(const options& given, const stop_event& stop);
  virtual_board(const virtual_board&) = delete;
  virtual_board& operator=(const virtual_board&) = delete;

  /// Opens its files. False with a sentence that says what to do.
  [[nodiscard]] bool open(const options& given, std::string& problem);

  [[nodiscard]] const platform& seam() const { return seam_; }
  [[nodiscard]] board_clock& clock() { return clock_; }
  [[nodiscard]] job_threads& threads() { return threads_; }

 private:
  std::uint32_t seed_;
  board_clock clock_;
  kernel_random random_;
  link_loss loss_;
  socket_transport network_;
  unsteady_transport link_;
  nor_file flash_;
  simulated_sensors sensors_;
  simulated_ntp ntp_;
  unsteady_ntp wall_;
  settings_file settings_;
  console_log log_;
  timed_mutex link_mutex_;
  timed_mutex state_mutex_;
  job_threads threads_;
  steady_board board_;
  platform seam_;
};

}  // namespace sealpost::posix
