#pragma once
// Arduino core 2.0.17 and 3.3.9, cores/esp32/esp_arduino_version.h.
#define ESP_ARDUINO_VERSION_MAJOR STUB_ARDUINO_MAJOR
#if STUB_ARDUINO_MAJOR >= 3
#define ESP_ARDUINO_VERSION_MINOR 3
#define ESP_ARDUINO_VERSION_PATCH 9
#else
#define ESP_ARDUINO_VERSION_MINOR 0
#define ESP_ARDUINO_VERSION_PATCH 17
#endif
