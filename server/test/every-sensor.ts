import type { SensorValues } from '../src/readings/reading.ts';

/** What every sensor says: values that a 32-bit float holds as they are, no two of them the same. */
export const everySensor = {
  bmp280: { temperatureCelsius: 21.5, pressurePascals: 101_325 },
  mpu6050: {
    acceleration: { x: 0.125, y: -0.5, z: 9.75 },
    angularVelocity: { x: 0.25, y: 0, z: -0.0625 },
    temperatureCelsius: 24.5,
  },
  sht4x: { temperatureCelsius: 21.25, humidityPercent: 45.5 },
} satisfies SensorValues;
