import type { Bmp280, Mpu6050, Sht4x, Vector3 } from '#gen/reading_pb.js';

/** One pass over the sensors. One that is absent or has failed is an absent message, never a zero. */
export interface SensorValues {
  readonly bmp280?: Bmp280;
  readonly mpu6050?: Mpu6050;
  readonly sht4x?: Sht4x;
}

/** Written so that NaN is outside. */
const within = (value: number, least: number, most: number) => value >= least && value <= most;

const withinFullScale = (vector: Vector3 | undefined, most: number) =>
  vector !== undefined && [vector.x, vector.y, vector.z].every((axis) => within(axis, -most, most));

/**
 * Leaves out every sensor with a value that its data sheet rules out, as a device does before it queues a reading
 * (docs/protocol-v1.md, section 6). Full scale of the MPU-6050 is 16 g and 2000 °/s, rounded up in the last place.
 */
export function withinDataSheets({ bmp280, mpu6050, sht4x }: SensorValues): SensorValues {
  return {
    ...(bmp280 &&
      within(bmp280.temperatureCelsius, -40, 85) &&
      within(bmp280.pressurePascals, 30_000, 110_000) && { bmp280 }),
    ...(mpu6050 &&
      withinFullScale(mpu6050.accelerationMps2, 156.91) &&
      withinFullScale(mpu6050.angularVelocityRps, 34.91) &&
      within(mpu6050.temperatureCelsius, -40, 85) && { mpu6050 }),
    ...(sht4x && within(sht4x.temperatureCelsius, -40, 125) && within(sht4x.humidityPercent, 0, 100) && { sht4x }),
  };
}
