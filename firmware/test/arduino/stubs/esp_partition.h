#pragma once
// ESP-IDF 4.4, components/spi_flash/include/esp_partition.h, and 5.5, components/esp_partition/include/esp_partition.h.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
typedef enum { ESP_PARTITION_TYPE_APP = 0x00, ESP_PARTITION_TYPE_DATA = 0x01 } esp_partition_type_t;
typedef enum { ESP_PARTITION_SUBTYPE_DATA_UNDEFINED = 0x06, ESP_PARTITION_SUBTYPE_ANY = 0xff } esp_partition_subtype_t;
typedef struct esp_flash_t esp_flash_t;
typedef struct {
  esp_flash_t* flash_chip;
  esp_partition_type_t type;
  esp_partition_subtype_t subtype;
  uint32_t address;
  uint32_t size;
#if STUB_ARDUINO_MAJOR >= 3
  uint32_t erase_size;
#endif
  char label[17];
  bool encrypted;
#if STUB_ARDUINO_MAJOR >= 3
  bool readonly;
#endif
} esp_partition_t;
extern "C" {
const esp_partition_t* esp_partition_find_first(esp_partition_type_t type, esp_partition_subtype_t subtype,
                                                const char* label);
esp_err_t esp_partition_read(const esp_partition_t* partition, size_t src_offset, void* dst, size_t size);
esp_err_t esp_partition_write(const esp_partition_t* partition, size_t dst_offset, const void* src, size_t size);
esp_err_t esp_partition_erase_range(const esp_partition_t* partition, size_t offset, size_t size);
}
