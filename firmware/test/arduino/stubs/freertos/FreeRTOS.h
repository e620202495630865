#pragma once
// FreeRTOS of ESP-IDF 4.4 and 5.5 on the Xtensa port: stack depths are in bytes.
#include <stdint.h>

#include "sdkconfig.h"
typedef uint32_t TickType_t;
typedef int BaseType_t;
typedef unsigned int UBaseType_t;
typedef void (*TaskFunction_t)(void*);
#define pdFALSE (static_cast<BaseType_t>(0))
#define pdTRUE (static_cast<BaseType_t>(1))
#define pdPASS (pdTRUE)
#define pdFAIL (pdFALSE)
#define portTICK_PERIOD_MS (static_cast<TickType_t>(1000 / CONFIG_FREERTOS_HZ))
