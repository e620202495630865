#pragma once
// Adafruit SHT4x Library 1.0.5, Adafruit_SHT4x.h.
#include "Adafruit_Sensor.h"
#include "Wire.h"

class Adafruit_SHT4x {
 public:
  bool begin(TwoWire* theWire = &Wire);
  bool reset(void);
  bool getEvent(sensors_event_t* humidity, sensors_event_t* temp);
};
