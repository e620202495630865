#pragma once
// Adafruit BMP280 Library 2.6.8, Adafruit_BMP280.h.
#include "Adafruit_Sensor.h"
#include "Wire.h"

#define BMP280_ADDRESS (0x77)
#define BMP280_ADDRESS_ALT (0x76)
#define BMP280_CHIPID (0x58)

class Adafruit_BMP280 {
 public:
  enum sensor_sampling {
    SAMPLING_NONE = 0x00,
    SAMPLING_X1 = 0x01,
    SAMPLING_X2 = 0x02,
    SAMPLING_X4 = 0x03,
    SAMPLING_X8 = 0x04,
    SAMPLING_X16 = 0x05
  };
  enum sensor_mode { MODE_SLEEP = 0x00, MODE_FORCED = 0x01, MODE_NORMAL = 0x03, MODE_SOFT_RESET_CODE = 0xB6 };
  enum sensor_filter { FILTER_OFF = 0x00, FILTER_X2 = 0x01, FILTER_X4 = 0x02, FILTER_X8 = 0x03, FILTER_X16 = 0x04 };
  enum standby_duration { STANDBY_MS_1 = 0x00, STANDBY_MS_500 = 0x04, STANDBY_MS_1000 = 0x05 };

  Adafruit_BMP280(TwoWire* theWire = &Wire);
  bool begin(uint8_t addr = BMP280_ADDRESS, uint8_t chipid = BMP280_CHIPID);
  float readTemperature();
  float readPressure(void);
  void setSampling(sensor_mode mode = MODE_NORMAL, sensor_sampling tempSampling = SAMPLING_X16,
                   sensor_sampling pressSampling = SAMPLING_X16, sensor_filter filter = FILTER_OFF,
                   standby_duration duration = STANDBY_MS_1);
};
