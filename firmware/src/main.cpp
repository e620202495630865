// The firmware of a board: Arduino and FreeRTOS around the core.
#include <cstdlib>
#include <ctime>
#include <memory>
#include <new>
#include <optional>

#include "built_in.hpp"
#include "chip.hpp"
#include "i2c_sensors.hpp"
#include "network.hpp"
#include "rtos.hpp"
#include "sealpost/console/console.hpp"
#include "sealpost/console/selftest_line.hpp"
#include "sealpost/crypto/selftest.hpp"
#include "sntp_clock.hpp"

// The console's selftest does on loop()'s stack what shake_hands does on its own.
SET_LOOP_TASK_STACK_SIZE(12288)

namespace sealpost::esp32 {
namespace {

class firmware final : public console_host, public text_sink, public sealpost::board {
 public:
  void begin() {
    const char* id = config_.identity.device_id.data();
    setenv("TZ", config_.time_zone.data(), 1);
    tzset();
    wifi_.begin(id[0] == '\0' ? "sealpost" : id, config_.wifi_ssid.data(), config_.wifi_password.data());
    Wire.begin(config_.sda_pin, config_.scl_pin);
    Wire.setTimeOut(50);
    device_.begin();
    start_watchdog();
    enableLoopWDT();
    console_.begin();
  }

  void loop() {
    while (Serial.available() > 0) {
      const auto typed = static_cast<std::uint8_t>(Serial.read());
      console_.take({&typed, 1});
    }
    wifi_.keep(clock_.uptime(), log_);
    delay(20);
    // The first calls are to find a network, if there is one.
    if (is_running_ || missing_from(config_) != nullptr) return;
    if (!WiFi.isConnected() && clock_.uptime() < 10 * second) return;
    is_running_ = true;
    // Who shakes hands comes first: the others have little to say before.
    const bool started =
        tasks_.start(job::shake_hands, "shake_hands", live<job::shake_hands>, this, 12288) &&
        tasks_.start(job::update_sensor_data, "update_sensor_data", live<job::update_sensor_data>, this, 8192) &&
        tasks_.start(job::print_local_time, "print_local_time", live<job::print_local_time>, this, 8192) &&
        tasks_.start(job::update_with_ntp, "update_with_NTP", live<job::update_with_ntp>, this, 8192);
    if (!started) log_.line(log_level::error, "there is no memory for the tasks");
  }

  device_view view() override { return device_.view(); }
  board_health health() override { return {esp_get_free_heap_size(), WiFi.isConnected() ? WiFi.RSSI() : 0}; }
  void write(const char* text) override { Serial.print(text); }

  void selftest(text_sink& terminal) override {
    const std::unique_ptr<std::uint8_t[]> scratch(new (std::nothrow) std::uint8_t[selftest_scratch_size]);
    if (scratch == nullptr) {
      say(terminal, "there is no memory for it");
      return;
    }
    const selftest_run run = run_timed_selftest(clock_, random_, {scratch.get(), selftest_scratch_size}, feedLoopWDT);
    const std::array<stack_use, 5> stacks{{{"loop", uxTaskGetStackHighWaterMark(nullptr)},
                                           {"update_sensor_data", tasks_.stack_left(job::update_sensor_data)},
                                           {"print_local_time", tasks_.stack_left(job::print_local_time)},
                                           {"update_with_NTP", tasks_.stack_left(job::update_with_ntp)},
                                           {"shake_hands", tasks_.stack_left(job::shake_hands)}}};
    constexpr std::array<int, 3> core{ESP_ARDUINO_VERSION_MAJOR, ESP_ARDUINO_VERSION_MINOR, ESP_ARDUINO_VERSION_PATCH};
    write_selftest_line(
        run, {CONFIG_IDF_TARGET, SEALPOST_VERSION, core, esp_get_free_heap_size(), esp_get_minimum_free_heap_size()},
        stacks, terminal);
  }

 private:
  /// The body of a task, whose whole life is one job.
  template <job Job>
  static void live(void* self) {
    auto* board = static_cast<firmware*>(self);
    job_tasks::live(board->clock_, [=] { return board->device_.run(Job); });
  }

  device_config load() {
    device_config config;
    stored_config(store_).load(built_in, config);
    config.identity.firmware_version = SEALPOST_VERSION;
    config.identity.hardware = CONFIG_IDF_TARGET;
    return config;
  }

  chip_clock clock_;
  radio_random random_;
  sntp_clock wall_{random_};
  lwip_transport network_{SOCK_STREAM};
  partition_flash readings_;
  bmp280_sensor bmp280_;
  mpu6050_sensor mpu6050_;
  sht4x_sensor sht4x_;
  nvs_settings store_;
  serial_log log_;
  rtos_mutex link_mutex_, state_mutex_;
  job_tasks tasks_;
  platform platform_{clock_, wall_,  random_, network_,    readings_,    bmp280_, mpu6050_,
                     sht4x_, store_, log_,    link_mutex_, state_mutex_, tasks_,  *this};
  // What the device is has to be known before there is one.
  device_config config_ = load();
  device device_{config_.identity, platform_};
  wifi_station wifi_;
  console console_{store_, config_, *this, *this};
  bool is_running_ = false;
};

// Empty until setup(): nothing of it runs before Arduino does.
std::optional<firmware> board;

}  // namespace
}  // namespace sealpost::esp32

void setup() {
  Serial.begin(115200);
  sealpost::esp32::board.emplace();
  sealpost::esp32::board->begin();
}

void loop() { sealpost::esp32::board->loop(); }
