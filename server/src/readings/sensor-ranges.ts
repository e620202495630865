import type { Bmp280Fields, Mpu6050Fields, Sht4xFields, Vector3Fields } from './batch-fields.ts';
import type { SensorValues, Vector } from './reading.ts';

/**
 * What each sensor can say at all, from its data sheet. Full scale is rounded up in the last place, because devices
 * compute in 32-bit floats.
 */
export const ranges = {
  /** Bosch BST-BMP280-DS001, table 2: operating range. */
  bmp280: { temperatureCelsius: [-40, 85], pressurePascals: [30_000, 110_000] },
  /** InvenSense PS-MPU-6000A-00, sections 6.1, 6.2 and 6.4: ±16 g, ±2000 °/s, operating range. */
  mpu6050: { acceleration: [-156.91, 156.91], angularVelocity: [-34.91, 34.91], temperatureCelsius: [-40, 85] },
  /** Sensirion SHT4x data sheet, sections 2.1 and 2.2. */
  sht4x: { temperatureCelsius: [-40, 125], humidityPercent: [0, 100] },
} as const;

type Range = readonly [least: number, most: number];

// Written so that NaN is outside. By index: to take the range apart would cost more than to compare.
const within = (value: number, range: Range) => value >= range[0] && value <= range[1];

function vector(value: Vector3Fields | undefined, range: Range): Vector | null {
  if (!value || !within(value.x, range) || !within(value.y, range) || !within(value.z, range)) return null;
  return { x: value.x, y: value.y, z: value.z };
}

/** The sensor's values, or null when one of them is not finite or is ruled out by the data sheet. */
export function checkBmp280(message: Bmp280Fields): SensorValues['bmp280'] {
  const { temperatureCelsius, pressurePascals } = message;
  const right =
    within(temperatureCelsius, ranges.bmp280.temperatureCelsius) &&
    within(pressurePascals, ranges.bmp280.pressurePascals);
  return right ? { temperatureCelsius, pressurePascals } : null;
}

/** As checkBmp280; a missing vector is refused too. */
export function checkMpu6050(message: Mpu6050Fields): SensorValues['mpu6050'] {
  const acceleration = vector(message.accelerationMps2, ranges.mpu6050.acceleration);
  const angularVelocity = vector(message.angularVelocityRps, ranges.mpu6050.angularVelocity);
  const { temperatureCelsius } = message;
  const right = acceleration && angularVelocity && within(temperatureCelsius, ranges.mpu6050.temperatureCelsius);
  return right ? { acceleration, angularVelocity, temperatureCelsius } : null;
}

/** As checkBmp280. */
export function checkSht4x(message: Sht4xFields): SensorValues['sht4x'] {
  const { temperatureCelsius, humidityPercent } = message;
  const right =
    within(temperatureCelsius, ranges.sht4x.temperatureCelsius) &&
    within(humidityPercent, ranges.sht4x.humidityPercent);
  return right ? { temperatureCelsius, humidityPercent } : null;
}
