#pragma once
// ESP-IDF 4.4 and 5.5, components/esp_timer/include/esp_timer.h.
#include <stdint.h>
extern "C" int64_t esp_timer_get_time(void);
