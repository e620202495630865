#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "sealpost/platform.hpp"

namespace sealpost::posix {

/// A thread for each job, which runs it, then sleeps until the uptime that it asked for or until it is woken.
class job_threads final : public scheduler {
 public:
  static constexpr std::array<job, 4> all_jobs{job::update_sensor_data, job::print_local_time, job::update_with_ntp,
                                               job::shake_hands};
  /// Runs a job and gives the time of the host at which it wants to run again.
  using run_job = std::function<std::chrono::steady_clock::time_point(job)>;

  void wake(job job) override;
  /// Runs the jobs until `stop`. Call it once.
  void start(const run_job& run);
  /// Lets what runs come to its end.
  void stop();

 private:
  struct bed {
    std::condition_variable alarm;
    bool woken = false;
    std::thread thread;
  };

  void live(job job, const run_job& run);
  [[nodiscard]] bed& bed_of(job job) { return beds_[static_cast<std::size_t>(job)]; }

  std::mutex mutex_;
  bool stopping_ = false;
  std::array<bed, all_jobs.size()> beds_;
};

}  // namespace sealpost::posix
