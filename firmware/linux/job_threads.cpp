#include "linux/job_threads.hpp"

namespace sealpost::posix {

void job_threads::wake(job job) {
  const std::lock_guard hold(mutex_);
  bed_of(job).woken = true;
  bed_of(job).alarm.notify_one();
}

void job_threads::start(const run_job& run) {
  for (const job job : all_jobs) bed_of(job).thread = std::thread([this, job, run] { live(job, run); });
}

void job_threads::stop() {
  {
    const std::lock_guard hold(mutex_);
    stopping_ = true;
    for (bed& each : beds_) each.alarm.notify_one();
  }
  for (bed& each : beds_) {
    if (each.thread.joinable()) each.thread.join();
  }
}

void job_threads::live(job job, const run_job& run) {
  bed& own = bed_of(job);
  std::unique_lock hold(mutex_);
  while (!stopping_) {
    // What wakes it while it runs makes it run again.
    own.woken = false;
    hold.unlock();
    const auto next = run(job);
    hold.lock();
    own.alarm.wait_until(hold, next, [&] { return own.woken || stopping_; });
  }
}

}  // namespace sealpost::posix
