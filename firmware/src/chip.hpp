#pragma once

#include <Arduino.h>
#include <WiFi.h>
#include <esp_partition.h>
#include <esp_system.h>
#include <esp_timer.h>
#include <nvs.h>
// esp_fill_random has moved here with ESP-IDF 5.
#if __has_include(<esp_random.h>)
#include <esp_random.h>
#endif

#include <array>

#include "sealpost/platform.hpp"

/// What the chip itself gives.
namespace sealpost::esp32 {

class chip_clock final : public monotonic_clock {
 public:
  [[nodiscard]] micros uptime() override { return esp_timer_get_time(); }
};

/// The hardware's generator. Its noise comes from the radio: without that its numbers are no secret.
class radio_random final : public random_source {
 public:
  status fill(mutable_bytes into) override {
    if ((WiFi.getMode() & WIFI_MODE_STA) == 0) return status::crypto_failed;
    esp_fill_random(into.data(), into.size());
    return status::ok;
  }
};

/// Lines on the serial console.
class serial_log final : public log_sink {
 public:
  void line(log_level level, const char* text) override {
    static constexpr std::array<const char*, 3> prefixes{"", "warning: ", "error: "};
    // In one call, so that the lines of different tasks don't mix.
    Serial.printf("%s%s\r\n", prefixes[static_cast<std::size_t>(level)], text);
  }
};

/// The raw partition `readings` of partitions.csv; of no size and failing where there is none.
class partition_flash final : public flash {
 public:
  [[nodiscard]] std::uint32_t size() override { return partition_ == nullptr ? 0 : partition_->size; }
  status read(std::uint32_t offset, mutable_bytes into) override {
    return ended(esp_partition_read(partition_, offset, into.data(), into.size()));
  }
  status program(std::uint32_t offset, bytes data) override {
    return ended(esp_partition_write(partition_, offset, data.data(), data.size()));
  }
  status erase_sector(std::uint32_t offset) override {
    return ended(esp_partition_erase_range(partition_, offset, sector_size));
  }

 private:
  static status ended(esp_err_t error) { return error == ESP_OK ? status::ok : status::flash_failed; }

  const esp_partition_t* const partition_ =
      esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, "readings");
};

/// Settings in the NVS partition, which Arduino has initialised before setup() runs.
class nvs_settings final : public settings {
 public:
  /// Where it fails, the handle stays none, and everything after it fails as well.
  nvs_settings() { nvs_open("sealpost", NVS_READWRITE, &handle_); }
  status read(const char* key, mutable_bytes into, std::size_t& size) override {
    std::size_t stored = into.size();
    const status read = ended(nvs_get_blob(handle_, key, into.data(), &stored));
    size = read == status::ok ? stored : 0;
    return read;
  }
  status write(const char* key, bytes value) override {
    const esp_err_t set = nvs_set_blob(handle_, key, value.data(), value.size());
    return ended(set == ESP_OK ? nvs_commit(handle_) : set);
  }
  status erase(const char* key) override {
    const esp_err_t erased = nvs_erase_key(handle_, key);
    return ended(erased == ESP_OK ? nvs_commit(handle_) : erased);
  }

 private:
  static status ended(esp_err_t error) {
    if (error == ESP_ERR_NVS_NOT_FOUND) return status::not_found;
    if (error == ESP_ERR_NVS_INVALID_LENGTH) return status::no_room;
    return error == ESP_OK ? status::ok : status::flash_failed;
  }

  nvs_handle_t handle_ = 0;
};

}  // namespace sealpost::esp32
