#pragma once
// FreeRTOS of ESP-IDF 4.4 and 5.5, task.h.
#include "freertos/FreeRTOS.h"
struct tskTaskControlBlock;
typedef struct tskTaskControlBlock* TaskHandle_t;
#define tskIDLE_PRIORITY (static_cast<UBaseType_t>(0U))
extern "C" {
BaseType_t xTaskCreate(TaskFunction_t pxTaskCode, const char* const pcName, const uint32_t usStackDepth,
                       void* const pvParameters, UBaseType_t uxPriority, TaskHandle_t* const pxCreatedTask);
void vTaskDelay(const TickType_t xTicksToDelay);
UBaseType_t uxTaskGetStackHighWaterMark(TaskHandle_t xTask);
}
// Macros in FreeRTOS.
uint32_t ulTaskNotifyTake(BaseType_t xClearCountOnExit, TickType_t xTicksToWait);
BaseType_t xTaskNotifyGive(TaskHandle_t xTaskToNotify);
