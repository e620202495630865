import type { SensorValues, Vector } from '../../readings/reading.ts';

/** The columns of the sensors' values, in the order of columnsOf. */
export const sensorColumns = [
  'bmp280_temperature_celsius',
  'bmp280_pressure_pascals',
  'mpu6050_acceleration_x',
  'mpu6050_acceleration_y',
  'mpu6050_acceleration_z',
  'mpu6050_angular_velocity_x',
  'mpu6050_angular_velocity_y',
  'mpu6050_angular_velocity_z',
  'mpu6050_temperature_celsius',
  'sht4x_temperature_celsius',
  'sht4x_humidity_percent',
] as const;

export type SensorRow = Readonly<Record<(typeof sensorColumns)[number], number | null>>;

export function columnsOf({ bmp280, mpu6050, sht4x }: SensorValues): (number | null)[] {
  return [
    bmp280?.temperatureCelsius ?? null,
    bmp280?.pressurePascals ?? null,
    mpu6050?.acceleration.x ?? null,
    mpu6050?.acceleration.y ?? null,
    mpu6050?.acceleration.z ?? null,
    mpu6050?.angularVelocity.x ?? null,
    mpu6050?.angularVelocity.y ?? null,
    mpu6050?.angularVelocity.z ?? null,
    mpu6050?.temperatureCelsius ?? null,
    sht4x?.temperatureCelsius ?? null,
    sht4x?.humidityPercent ?? null,
  ];
}

/** The sensors' values again; a sensor that lacks a value was absent. */
export function sensorValuesOf(row: SensorRow): SensorValues {
  return { bmp280: bmp280Of(row), mpu6050: mpu6050Of(row), sht4x: sht4xOf(row) };
}

function bmp280Of(row: SensorRow): SensorValues['bmp280'] {
  const { bmp280_temperature_celsius: temperatureCelsius, bmp280_pressure_pascals: pressurePascals } = row;
  return temperatureCelsius === null || pressurePascals === null ? null : { temperatureCelsius, pressurePascals };
}

function mpu6050Of(row: SensorRow): SensorValues['mpu6050'] {
  const acceleration = vectorOf(row.mpu6050_acceleration_x, row.mpu6050_acceleration_y, row.mpu6050_acceleration_z);
  const angularVelocity = vectorOf(
    row.mpu6050_angular_velocity_x,
    row.mpu6050_angular_velocity_y,
    row.mpu6050_angular_velocity_z,
  );
  const temperatureCelsius = row.mpu6050_temperature_celsius;
  if (acceleration === null || angularVelocity === null || temperatureCelsius === null) return null;
  return { acceleration, angularVelocity, temperatureCelsius };
}

function sht4xOf(row: SensorRow): SensorValues['sht4x'] {
  const { sht4x_temperature_celsius: temperatureCelsius, sht4x_humidity_percent: humidityPercent } = row;
  return temperatureCelsius === null || humidityPercent === null ? null : { temperatureCelsius, humidityPercent };
}

function vectorOf(x: number | null, y: number | null, z: number | null): Vector | null {
  return x === null || y === null || z === null ? null : { x, y, z };
}
