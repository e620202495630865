#pragma once
// Arduino core 2.0.17 and 3.3.9, libraries/Wire/src/Wire.h.
#include "Arduino.h"

class TwoWire {
 public:
  bool begin(int sda, int scl, uint32_t frequency = 0);
  void setTimeOut(uint16_t timeOutMillis);
#if STUB_ARDUINO_MAJOR >= 3
  void beginTransmission(uint8_t address);
#else
  void beginTransmission(uint16_t address);
  void beginTransmission(uint8_t address) { beginTransmission(static_cast<uint16_t>(address)); }
  void beginTransmission(int address) { beginTransmission(static_cast<uint16_t>(address)); }
#endif
  uint8_t endTransmission(void);
};
extern TwoWire Wire;
