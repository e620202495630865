#include "arduino/fakes/rtos.hpp"

#include <algorithm>

namespace sealpost::test {

rtos_task* rtos::create(std::string name, std::uint32_t stack_bytes, std::function<void()> body) {
  // Neither it nor its thread ever ends: a task of FreeRTOS does not return.
  auto* task = new rtos_task;
  task->name = std::move(name);
  task->stack_bytes = stack_bytes;
  task->wakes_at = now_;
  tasks_.push_back(task);
  task->thread = std::thread([this, task, body = std::move(body)] {
    {
      std::unique_lock hold(mutex_);
      task->turn.wait(hold, [&] { return running_ == task; });
    }
    body();
    halt();
  });
  task->thread.detach();
  return task;
}

rtos_task* rtos::find(const std::string& name) {
  const auto found =
      std::find_if(tasks_.begin(), tasks_.end(), [&](const rtos_task* task) { return task->name == name; });
  return found == tasks_.end() ? nullptr : *found;
}

void rtos::run_until(micros time) {
  is_halted_ = false;
  while (!is_halted_) {
    const auto next = std::min_element(tasks_.begin(), tasks_.end(), [](const rtos_task* left, const rtos_task* right) {
      return left->wakes_at < right->wakes_at;
    });
    if (next == tasks_.end() || (*next)->wakes_at > time) break;
    now_ = std::max(now_, (*next)->wakes_at);
    check_watchdog();
    resume(**next);
  }
  if (!is_halted_) now_ = time;
}

void rtos::resume(rtos_task& task) {
  std::unique_lock hold(mutex_);
  running_ = &task;
  task.turn.notify_one();
  nobody_runs_.wait(hold, [&] { return running_ == nullptr; });
}

void rtos::give_way(std::unique_lock<std::mutex>& hold) {
  rtos_task* const self = running_;
  running_ = nullptr;
  nobody_runs_.notify_one();
  self->turn.wait(hold, [&] { return running_ == self; });
}

void rtos::sleep_until(micros time, bool or_notified) {
  std::unique_lock hold(mutex_);
  rtos_task* const self = running_;
  self->wakes_at = or_notified && self->notifications > 0 ? now_ : std::max(time, now_);
  self->waits_for_notification = or_notified;
  // Whoever has waited longest goes first among those of the same time.
  std::rotate(std::find(tasks_.begin(), tasks_.end(), self), std::find(tasks_.begin(), tasks_.end(), self) + 1,
              tasks_.end());
  give_way(hold);
  self->waits_for_notification = false;
}

void rtos::notify(rtos_task& task) {
  task.notifications += 1;
  if (task.waits_for_notification) task.wakes_at = now_;
}

void rtos::halt() {
  std::unique_lock hold(mutex_);
  is_halted_ = true;
  while (true) give_way(hold);
}

void rtos::cut_power() {
  tasks_.clear();
  watchdog_period = 0;
}

void rtos::check_watchdog() {
  for (const rtos_task* task : tasks_) {
    if (task->fed_at && now_ - *task->fed_at > watchdog_period && watchdog_bit.empty()) watchdog_bit = task->name;
  }
}

}  // namespace sealpost::test
