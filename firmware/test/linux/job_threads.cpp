#include "linux/job_threads.hpp"

#include <doctest/doctest.h>

#include <map>

namespace sealpost::test {
namespace {

/// How often each job has run, for a test to wait for.
class tally {
 public:
  void add(job job) {
    const std::lock_guard hold(mutex_);
    counts_[job] += 1;
    changed_.notify_all();
  }
  void wait_for(job job, int count) {
    std::unique_lock hold(mutex_);
    changed_.wait(hold, [&] { return counts_[job] >= count; });
  }
  std::map<job, int> counts() {
    const std::lock_guard hold(mutex_);
    return counts_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<job, int> counts_;
};

}  // namespace

TEST_CASE("each job runs at once, then when it is woken, and not otherwise") {
  tally runs;
  posix::job_threads threads;
  threads.start([&](job job) {
    runs.add(job);
    return std::chrono::steady_clock::now() + std::chrono::hours(1);
  });
  for (const job job : posix::job_threads::all_jobs) runs.wait_for(job, 1);
  threads.wake(job::shake_hands);
  runs.wait_for(job::shake_hands, 2);
  threads.stop();
  CHECK(runs.counts() == std::map<job, int>{{job::update_sensor_data, 1},
                                            {job::print_local_time, 1},
                                            {job::update_with_ntp, 1},
                                            {job::shake_hands, 2}});
}

TEST_CASE("a job that is woken while it runs runs again") {
  tally runs;
  posix::job_threads threads;
  threads.start([&](job job) {
    if (job == job::print_local_time && runs.counts()[job] == 0) threads.wake(job);
    runs.add(job);
    return std::chrono::steady_clock::now() + std::chrono::hours(1);
  });
  runs.wait_for(job::print_local_time, 2);
  threads.stop();
  CHECK(runs.counts()[job::print_local_time] == 2);
}

TEST_CASE("a job whose time has come runs again by itself") {
  tally runs;
  posix::job_threads threads;
  threads.start([&](job job) {
    runs.add(job);
    return std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
  });
  for (const job job : posix::job_threads::all_jobs) runs.wait_for(job, 3);
  threads.stop();
}

}  // namespace sealpost::test
