// Arduino and Adafruit's libraries, as far as the stubs have them, and with the faults that the firmware knows of.
#include <Adafruit_BMP280.h>
#include <Adafruit_MPU6050.h>
#include <Adafruit_SHT4x.h>
#include <Arduino.h>
#include <ESPmDNS.h>
#include <WiFi.h>
#include <Wire.h>
#include <esp_task_wdt.h>
#include <esp_timer.h>

#include <array>
#include <cstdarg>
#include <cstring>

#include "arduino/fakes/esp32.hpp"

using sealpost::test::the_board;

HardwareSerial Serial;
WiFiClass WiFi;
MDNSResponder MDNS;
TwoWire Wire;

extern "C" {
unsigned long millis() { return static_cast<unsigned long>(esp_timer_get_time() / 1000); }
unsigned long micros() { return static_cast<unsigned long>(esp_timer_get_time()); }
void delay(uint32_t ms) { vTaskDelay(ms / portTICK_PERIOD_MS); }
void enableLoopWDT() { esp_task_wdt_add(nullptr); }
void feedLoopWDT() { esp_task_wdt_reset(); }
}

void HardwareSerial::begin(unsigned long, uint32_t, int8_t, int8_t, bool, unsigned long, uint8_t) {}
int HardwareSerial::available() { return static_cast<int>(the_board().serial_in.size()); }
int HardwareSerial::read() {
  auto& in = the_board().serial_in;
  if (in.empty()) return -1;
  const int next = in.front();
  in.pop_front();
  return next;
}
size_t HardwareSerial::write(const uint8_t* buffer, size_t size) {
  the_board().serial_out.append(reinterpret_cast<const char*>(buffer), size);
  return size;
}
size_t HardwareSerial::print(const char* text) { return write(reinterpret_cast<const uint8_t*>(text), strlen(text)); }
size_t HardwareSerial::printf(const char* format, ...) {
  std::array<char, 512> text{};
  va_list values;
  va_start(values, format);
  const int size = vsnprintf(text.data(), text.size(), format, values);
  va_end(values);
  return write(reinterpret_cast<const uint8_t*>(text.data()), static_cast<size_t>(size));
}

// The Wi-Fi.

wl_status_t WiFiClass::begin(const char* ssid, const char* passphrase, int32_t, const uint8_t*, bool) {
  auto& radio = the_board().radio;
  radio.is_on = true;
  radio.ssid = ssid;
  radio.password = passphrase == nullptr ? "" : passphrase;
  return WL_DISCONNECTED;
}
bool WiFiClass::reconnect() {
  the_board().radio.reconnects += 1;
  the_board().network.refuses_once = false;
  return true;
}
bool WiFiClass::isConnected() { return the_board().is_on_network(); }
bool WiFiClass::setAutoReconnect(bool) { return true; }
int8_t WiFiClass::RSSI() { return the_board().is_on_network() ? -55 : 0; }
bool WiFiClass::mode(wifi_mode_t mode) {
  the_board().radio.is_on = mode == WIFI_MODE_STA;
  return true;
}
wifi_mode_t WiFiClass::getMode() { return the_board().radio.is_on ? WIFI_MODE_STA : WIFI_MODE_NULL; }
bool WiFiClass::setHostname(const char* hostname) {
  the_board().radio.hostname = hostname;
  return true;
}
void WiFiClass::persistent(bool) {}

#if STUB_ARDUINO_MAJOR >= 3
bool MDNSResponder::begin(const String&) { return true; }
#else
bool MDNSResponder::begin(const char*) { return true; }
#endif
IPAddress MDNSResponder::queryHost(char* host, uint32_t timeout) {
  const auto found = the_board().local_names.find(host);
  if (the_board().is_on_network() && found != the_board().local_names.end()) return IPAddress(found->second);
  delay(timeout);
  return IPAddress();
}

// The sensors.

namespace {

uint16_t asked_address = 0;

bool is_on_bus(uint16_t address) {
  const auto& board = the_board();
  if (address == board.address_of_bmp280) return board.bmp280.is_plugged_in;
  if (address == MPU6050_I2CADDR_DEFAULT) return board.mpu6050.is_plugged_in;
  return address == 0x44 && board.sht4x.is_plugged_in;
}

/// A living sensor never says the same twice.
float noise() {
  static float last = 0.01F;
  last = -last;
  return last;
}

}  // namespace

bool TwoWire::begin(int sda, int scl, uint32_t) {
  the_board().i2c_pins = {sda, scl};
  return true;
}
void TwoWire::setTimeOut(uint16_t timeOutMillis) { the_board().i2c_has_timeout = timeOutMillis > 0; }
#if STUB_ARDUINO_MAJOR >= 3
void TwoWire::beginTransmission(uint8_t address) { asked_address = address; }
#else
void TwoWire::beginTransmission(uint16_t address) { asked_address = address; }
#endif
uint8_t TwoWire::endTransmission() { return is_on_bus(asked_address) ? 0 : 2; }

Adafruit_BMP280::Adafruit_BMP280(TwoWire*) {}
bool Adafruit_BMP280::begin(uint8_t addr, uint8_t chipid) {
  the_board().bmp280.begins += 1;
  return chipid == BMP280_CHIPID && addr == the_board().address_of_bmp280 && is_on_bus(addr);
}
// What it did not read it takes from an uninitialized buffer, and says nothing.
float Adafruit_BMP280::readTemperature() {
  return the_board().bmp280.is_plugged_in ? the_board().bmp280.values.temperature_celsius + noise() : 23.5F;
}
float Adafruit_BMP280::readPressure() {
  return the_board().bmp280.is_plugged_in ? the_board().bmp280.values.pressure_pascals : 70'000.0F;
}
void Adafruit_BMP280::setSampling(sensor_mode, sensor_sampling, sensor_sampling, sensor_filter, standby_duration) {}

bool Adafruit_MPU6050::begin(uint8_t i2c_addr, TwoWire*, int32_t) {
  the_board().mpu6050.begins += 1;
  return is_on_bus(i2c_addr);
}
bool Adafruit_MPU6050::getEvent(sensors_event_t* accel, sensors_event_t* gyro, sensors_event_t* temp) {
  const auto& values = the_board().mpu6050.values;
  accel->acceleration.x = values.acceleration_mps2.x + noise();
  accel->acceleration.y = values.acceleration_mps2.y;
  accel->acceleration.z = values.acceleration_mps2.z;
  gyro->gyro.x = values.angular_velocity_rps.x;
  gyro->gyro.y = values.angular_velocity_rps.y;
  gyro->gyro.z = values.angular_velocity_rps.z;
  temp->temperature = values.temperature_celsius;
  return true;
}
void Adafruit_MPU6050::setAccelerometerRange(mpu6050_accel_range_t) {}
void Adafruit_MPU6050::setGyroRange(mpu6050_gyro_range_t) {}
void Adafruit_MPU6050::setFilterBandwidth(mpu6050_bandwidth_t) {}

bool Adafruit_SHT4x::begin(TwoWire*) {
  auto& sensor = the_board().sht4x;
  sensor.begins += 1;
  // After it has succeeded once, each begin() frees what that one made.
  static int owned = 0;
  if (sensor.begins == 1) owned = 0;
  if (owned > 1) the_board().library_misuse = "SHT4x: begin() frees the same memory twice";
  if (owned == 1) owned = 2;
  if (!is_on_bus(0x44)) return false;
  owned = 1;
  return true;
}
bool Adafruit_SHT4x::reset() { return is_on_bus(0x44); }
bool Adafruit_SHT4x::getEvent(sensors_event_t* humidity, sensors_event_t* temp) {
  if (!is_on_bus(0x44)) return false;
  humidity->relative_humidity = the_board().sht4x.values.humidity_percent;
  temp->temperature = the_board().sht4x.values.temperature_celsius + noise();
  return true;
}
