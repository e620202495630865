#pragma once
// Adafruit MPU6050 2.2.6, Adafruit_MPU6050.h.
#include "Adafruit_Sensor.h"
#include "Wire.h"

#define MPU6050_I2CADDR_DEFAULT 0x68
typedef enum {
  MPU6050_RANGE_2_G = 0b00,
  MPU6050_RANGE_4_G = 0b01,
  MPU6050_RANGE_8_G = 0b10,
  MPU6050_RANGE_16_G = 0b11
} mpu6050_accel_range_t;
typedef enum {
  MPU6050_RANGE_250_DEG,
  MPU6050_RANGE_500_DEG,
  MPU6050_RANGE_1000_DEG,
  MPU6050_RANGE_2000_DEG
} mpu6050_gyro_range_t;
typedef enum {
  MPU6050_BAND_260_HZ,
  MPU6050_BAND_184_HZ,
  MPU6050_BAND_94_HZ,
  MPU6050_BAND_44_HZ,
  MPU6050_BAND_21_HZ,
  MPU6050_BAND_10_HZ,
  MPU6050_BAND_5_HZ
} mpu6050_bandwidth_t;

class Adafruit_MPU6050 {
 public:
  bool begin(uint8_t i2c_addr = MPU6050_I2CADDR_DEFAULT, TwoWire* wire = &Wire, int32_t sensorID = 0);
  bool getEvent(sensors_event_t* accel, sensors_event_t* gyro, sensors_event_t* temp);
  void setAccelerometerRange(mpu6050_accel_range_t);
  void setGyroRange(mpu6050_gyro_range_t);
  void setFilterBandwidth(mpu6050_bandwidth_t bandwidth);
};
