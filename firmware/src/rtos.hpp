#pragma once

#include <esp_idf_version.h>
#include <esp_task_wdt.h>
#include <freertos/FreeRTOS.h>
#include <freertos/semphr.h>
#include <freertos/task.h>

#include <algorithm>

#include "sealpost/platform.hpp"

/// FreeRTOS and its watchdog.
namespace sealpost::esp32 {

/// Rounded up, at most an hour.
[[nodiscard]] inline TickType_t ticks(micros span) {
  constexpr micros tick = portTICK_PERIOD_MS * millisecond;
  return static_cast<TickType_t>((std::clamp<micros>(span, 0, 60 * minute) + tick - 1) / tick);
}

class rtos_mutex final : public mutex {
 public:
  [[nodiscard]] bool lock(micros timeout) override { return xSemaphoreTake(handle_, ticks(timeout)) == pdTRUE; }
  void unlock() override { xSemaphoreGive(handle_); }

 private:
  StaticSemaphore_t storage_{};
  SemaphoreHandle_t handle_ = xSemaphoreCreateMutexStatic(&storage_);
};

/// A task that does not come round in a minute is stuck, and the chip starts anew. The longest that one is busy is half
/// of that: it waits for the link, asks for a name that nobody knows, and makes a call.
inline void start_watchdog() {
  constexpr std::uint32_t period_seconds = 60;
  // Arduino has started it already, with 5 s.
#if ESP_IDF_VERSION >= ESP_IDF_VERSION_VAL(5, 0, 0)
  esp_task_wdt_config_t config{};
  config.timeout_ms = period_seconds * 1000;
  config.trigger_panic = true;
  if (esp_task_wdt_reconfigure(&config) != ESP_OK) esp_task_wdt_init(&config);
#else
  esp_task_wdt_init(period_seconds, true);
#endif
}

/// A task for each job.
class job_tasks final : public scheduler {
 public:
  void wake(job job) override {
    if (handle_of(job) != nullptr) xTaskNotifyGive(handle_of(job));
  }
  /// False when there is no memory for it.
  [[nodiscard]] bool start(job job, const char* name, TaskFunction_t body, void* with, std::uint32_t stack_bytes) {
    return xTaskCreate(body, name, stack_bytes, with, tskIDLE_PRIORITY + 1, &handle_of(job)) == pdPASS;
  }
  /// The life of a task: `run` gives the uptime at which it wants to run again.
  template <class Run>
  [[noreturn]] static void live(monotonic_clock& clock, const Run& run) {
    esp_task_wdt_add(nullptr);
    while (true) {
      esp_task_wdt_reset();
      // Not for less than a tick, or nobody else would run; not for longer than the watchdog waits.
      const micros rest = run() - clock.uptime();
      ulTaskNotifyTake(pdTRUE, ticks(std::clamp(rest, millisecond, 10 * second)));
    }
  }
  /// Bytes of its stack that were never used; 0 before it was started.
  [[nodiscard]] std::uint32_t stack_left(job job) {
    return handle_of(job) == nullptr ? 0 : uxTaskGetStackHighWaterMark(handle_of(job));
  }

 private:
  [[nodiscard]] TaskHandle_t& handle_of(job job) { return handles_[static_cast<std::size_t>(job)]; }

  std::array<TaskHandle_t, 4> handles_{};
};

}  // namespace sealpost::esp32
