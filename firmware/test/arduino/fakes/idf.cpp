// ESP-IDF and FreeRTOS, as far as the stubs have them.
#include <esp_idf_version.h>
#include <esp_partition.h>
#include <esp_system.h>
#include <esp_task_wdt.h>
#include <esp_timer.h>
#include <freertos/FreeRTOS.h>
#include <freertos/semphr.h>
#include <freertos/task.h>
#include <nvs.h>

#include <algorithm>
#include <cstring>

#include "arduino/fakes/esp32.hpp"

using sealpost::status;
using sealpost::test::rtos_task;
using sealpost::test::the_board;

namespace {

constexpr esp_partition_t readings{nullptr,
                                   ESP_PARTITION_TYPE_DATA,
                                   ESP_PARTITION_SUBTYPE_DATA_UNDEFINED,
                                   0x2b0000,
                                   0x140000,
#if STUB_ARDUINO_MAJOR >= 3
                                   4096,
#endif
                                   "readings",
                                   false,
#if STUB_ARDUINO_MAJOR >= 3
                                   false
#endif
};
constexpr nvs_handle_t nvs_handle = 7;

auto& tasks() { return the_board().tasks; }
sealpost::micros in_ticks(TickType_t ticks) { return ticks * portTICK_PERIOD_MS * sealpost::millisecond; }
rtos_task* task_of(TaskHandle_t handle) {
  return handle == nullptr ? tasks().running() : reinterpret_cast<rtos_task*>(handle);
}

esp_err_t start_watchdog(sealpost::micros period) {
  tasks().watchdog_period = period;
  return ESP_OK;
}

esp_err_t ended(status status) { return status == sealpost::status::ok ? ESP_OK : ESP_FAIL; }
bool is_inside(size_t offset, size_t size) { return offset <= readings.size && size <= readings.size - offset; }

}  // namespace

extern "C" {

int64_t esp_timer_get_time() { return tasks().now() - the_board().booted_at; }
uint32_t esp_get_free_heap_size() { return 150'000; }
uint32_t esp_get_minimum_free_heap_size() { return 140'000; }

void esp_fill_random(void* buf, size_t len) { (void)the_board().random.fill({static_cast<uint8_t*>(buf), len}); }

#if STUB_ARDUINO_MAJOR >= 3
esp_err_t esp_task_wdt_init(const esp_task_wdt_config_t*) { return ESP_ERR_INVALID_STATE; }
esp_err_t esp_task_wdt_reconfigure(const esp_task_wdt_config_t* config) {
  return start_watchdog(config->timeout_ms * sealpost::millisecond);
}
#else
esp_err_t esp_task_wdt_init(uint32_t timeout, bool) { return start_watchdog(timeout * sealpost::second); }
#endif
esp_err_t esp_task_wdt_add(TaskHandle_t handle) {
  task_of(handle)->fed_at = tasks().now();
  return ESP_OK;
}
esp_err_t esp_task_wdt_reset() {
  if (!tasks().running()->fed_at) return ESP_FAIL;
  tasks().running()->fed_at = tasks().now();
  return ESP_OK;
}

const esp_partition_t* esp_partition_find_first(esp_partition_type_t type, esp_partition_subtype_t, const char* label) {
  const bool is_it = type == ESP_PARTITION_TYPE_DATA && std::strcmp(label, readings.label) == 0;
  return is_it && the_board().has_readings_partition ? &readings : nullptr;
}
esp_err_t esp_partition_read(const esp_partition_t* partition, size_t src_offset, void* dst, size_t size) {
  if (partition == nullptr) return ESP_ERR_INVALID_ARG;
  if (!is_inside(src_offset, size)) return ESP_ERR_INVALID_SIZE;
  return ended(the_board().flash.read(static_cast<uint32_t>(src_offset), {static_cast<uint8_t*>(dst), size}));
}
esp_err_t esp_partition_write(const esp_partition_t* partition, size_t dst_offset, const void* src, size_t size) {
  if (partition == nullptr) return ESP_ERR_INVALID_ARG;
  if (!is_inside(dst_offset, size)) return ESP_ERR_INVALID_SIZE;
  return ended(the_board().flash.program(static_cast<uint32_t>(dst_offset), {static_cast<const uint8_t*>(src), size}));
}
esp_err_t esp_partition_erase_range(const esp_partition_t* partition, size_t offset, size_t size) {
  if (partition == nullptr || offset % 4096 != 0) return ESP_ERR_INVALID_ARG;
  if (size != 4096 || !is_inside(offset, size)) return ESP_ERR_INVALID_SIZE;
  return ended(the_board().flash.erase_sector(static_cast<uint32_t>(offset)));
}

esp_err_t nvs_open(const char*, nvs_open_mode_t, nvs_handle_t* out_handle) {
  if (!the_board().has_nvs) return ESP_FAIL;
  *out_handle = nvs_handle;
  return ESP_OK;
}
esp_err_t nvs_get_blob(nvs_handle_t handle, const char* key, void* out_value, size_t* length) {
  if (handle != nvs_handle) return ESP_ERR_NVS_INVALID_HANDLE;
  const auto found = the_board().nvs.find(key);
  if (found == the_board().nvs.end()) return ESP_ERR_NVS_NOT_FOUND;
  const bool fits = found->second.size() <= *length;
  if (fits) std::copy(found->second.begin(), found->second.end(), static_cast<uint8_t*>(out_value));
  *length = found->second.size();
  return fits ? ESP_OK : ESP_ERR_NVS_INVALID_LENGTH;
}
esp_err_t nvs_set_blob(nvs_handle_t handle, const char* key, const void* value, size_t length) {
  if (handle != nvs_handle) return ESP_ERR_NVS_INVALID_HANDLE;
  if (std::strlen(key) > 15) return ESP_ERR_NVS_KEY_TOO_LONG;
  const auto* from = static_cast<const uint8_t*>(value);
  the_board().nvs[key].assign(from, from + length);
  return ESP_OK;
}
esp_err_t nvs_erase_key(nvs_handle_t handle, const char* key) {
  if (handle != nvs_handle) return ESP_ERR_NVS_INVALID_HANDLE;
  return the_board().nvs.erase(key) == 1 ? ESP_OK : ESP_ERR_NVS_NOT_FOUND;
}
esp_err_t nvs_commit(nvs_handle_t handle) { return handle == nvs_handle ? ESP_OK : ESP_ERR_NVS_INVALID_HANDLE; }

BaseType_t xTaskCreate(TaskFunction_t pxTaskCode, const char* const pcName, const uint32_t usStackDepth,
                       void* const pvParameters, UBaseType_t, TaskHandle_t* const pxCreatedTask) {
  // FreeRTOS cuts names to 15 characters.
  rtos_task* const created =
      tasks().create(std::string(pcName).substr(0, 15), usStackDepth, [=] { pxTaskCode(pvParameters); });
  if (pxCreatedTask != nullptr) *pxCreatedTask = reinterpret_cast<TaskHandle_t>(created);
  return pdPASS;
}
void vTaskDelay(const TickType_t xTicksToDelay) { tasks().sleep_until(tasks().now() + in_ticks(xTicksToDelay)); }
UBaseType_t uxTaskGetStackHighWaterMark(TaskHandle_t xTask) { return task_of(xTask)->stack_bytes / 2; }

}  // extern "C"

uint32_t ulTaskNotifyTake(BaseType_t, TickType_t xTicksToWait) {
  rtos_task& self = *tasks().running();
  if (self.notifications == 0) tasks().sleep_until(tasks().now() + in_ticks(xTicksToWait), true);
  return std::exchange(self.notifications, 0);
}
BaseType_t xTaskNotifyGive(TaskHandle_t xTaskToNotify) {
  tasks().notify(*task_of(xTaskToNotify));
  return pdPASS;
}

SemaphoreHandle_t xSemaphoreCreateMutexStatic(StaticSemaphore_t* pxMutexBuffer) {
  pxMutexBuffer->taken_by = nullptr;
  return pxMutexBuffer;
}
BaseType_t xSemaphoreTake(SemaphoreHandle_t xSemaphore, TickType_t xBlockTime) {
  const sealpost::micros end = tasks().now() + in_ticks(xBlockTime);
  while (xSemaphore->taken_by != nullptr) {
    if (tasks().now() >= end) return pdFALSE;
    tasks().sleep_until(tasks().now() + sealpost::millisecond);
  }
  xSemaphore->taken_by = tasks().running();
  return pdTRUE;
}
BaseType_t xSemaphoreGive(SemaphoreHandle_t xSemaphore) {
  // ESP-IDF ends a program in which another task gives a mutex back.
  if (xSemaphore->taken_by != tasks().running()) std::abort();
  xSemaphore->taken_by = nullptr;
  return pdTRUE;
}
