#pragma once
// ESP-IDF 4.4 and 5.5, components/esp_system/include/esp_system.h.
#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
extern "C" {
uint32_t esp_get_free_heap_size(void);
uint32_t esp_get_minimum_free_heap_size(void);
#if STUB_ARDUINO_MAJOR < 3
void esp_fill_random(void* buf, size_t len);
#endif
}
