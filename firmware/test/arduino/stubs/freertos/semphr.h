#pragma once
// FreeRTOS of ESP-IDF 4.4 and 5.5, semphr.h; static allocation is on in both of Arduino's builds.
#include "freertos/FreeRTOS.h"
struct StaticSemaphore_t {
  void* taken_by;
};
typedef StaticSemaphore_t* SemaphoreHandle_t;
// Macros in FreeRTOS.
SemaphoreHandle_t xSemaphoreCreateMutexStatic(StaticSemaphore_t* pxMutexBuffer);
BaseType_t xSemaphoreTake(SemaphoreHandle_t xSemaphore, TickType_t xBlockTime);
BaseType_t xSemaphoreGive(SemaphoreHandle_t xSemaphore);
