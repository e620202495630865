#pragma once
// Arduino core 2.0.17 and 3.3.9, cores/esp32: Arduino.h, esp32-hal.h, HardwareSerial.h, Print.h, IPAddress.h,
// WString.h.
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <string>

#include "esp_arduino_version.h"
#include "esp_idf_version.h"
#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"
#include "freertos/task.h"
#include "sdkconfig.h"

// Macros and names that the real ones bring along, so that nothing here comes to use them by another meaning.
#define PI 3.1415926535897932384626433832795
#define DEFAULT 1
#define EXTERNAL 0
#define DISPLAY 0x1
#define LOW 0x0
#define HIGH 0x1
#define INPUT 0x01
#define OUTPUT 0x03
#define CHANGE 0x03
#define constrain(amt, low, high) ((amt) < (low) ? (low) : ((amt) > (high) ? (high) : (amt)))
#define sq(x) ((x) * (x))
#define bit(b) (1UL << (b))
#define bitRead(value, bit) (((value) >> (bit)) & 0x01)
#define word(...) makeWord(__VA_ARGS__)
#define F(string_literal) (string_literal)
#define B0 0
#define B1 1
typedef uint8_t byte;
typedef bool boolean;
extern "C" unsigned long micros(void);

class String {
 public:
  String(const char* text = "") : text_(text == nullptr ? "" : text) {}
  const char* c_str() const { return text_.c_str(); }

 private:
  std::string text_;
};

class IPAddress {
 public:
  IPAddress(uint32_t address = 0) : address_(address) {}
  operator uint32_t() const { return address_; }

 private:
  uint32_t address_;
};

class HardwareSerial {
 public:
  void begin(unsigned long baud, uint32_t config = 0x800001c, int8_t rxPin = -1, int8_t txPin = -1, bool invert = false,
             unsigned long timeout_ms = 20000UL, uint8_t rxfifo_full_thrhd = 112);
  int available(void);
  int read(void);
  size_t write(const uint8_t* buffer, size_t size);
  size_t print(const char* text);
  size_t printf(const char* format, ...) __attribute__((format(printf, 2, 3)));
};
extern HardwareSerial Serial;

extern "C" {
unsigned long millis(void);
void delay(uint32_t ms);
void enableLoopWDT(void);
void feedLoopWDT(void);
}
size_t getArduinoLoopTaskStackSize(void);
#define SET_LOOP_TASK_STACK_SIZE(sz) \
  size_t getArduinoLoopTaskStackSize() { return sz; }
void setup(void);
void loop(void);
