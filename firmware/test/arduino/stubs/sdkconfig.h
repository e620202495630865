#pragma once
// Of the esp32s2 libraries of Arduino core 2.0.17 and 3.3: the same in both.
#define CONFIG_IDF_TARGET "esp32s2"
#define CONFIG_FREERTOS_HZ 1000
