#pragma once
// Adafruit Unified Sensor 1.1.15, Adafruit_Sensor.h: acceleration in m/s2, gyro in rad/s, temperature in Celsius.
#include "Arduino.h"

typedef struct {
  union {
    float v[3];
    struct {
      float x;
      float y;
      float z;
    };
  };
  int8_t status;
  uint8_t reserved[3];
} sensors_vec_t;

typedef struct {
  int32_t version;
  int32_t sensor_id;
  int32_t type;
  int32_t reserved0;
  int32_t timestamp;
  union {
    float data[4];
    sensors_vec_t acceleration;
    sensors_vec_t gyro;
    float temperature;
    float pressure;
    float relative_humidity;
  };
} sensors_event_t;
