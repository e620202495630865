import type { SensorValues, Vector } from '../../readings/reading.ts';

/** A reading's numbers in the order of `channelNames`; null where the sensor was absent. */
export function channelsOf({ bmp280, mpu6050, sht4x }: SensorValues): readonly (number | null)[] {
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

/** The sensors' values again, from columns of the channels; a sensor that lacks a value was absent. */
export function sensorValuesOf(channels: readonly Float32Array[], index: number): SensorValues {
  const at = (channel: number) => channels[channel]?.[index] ?? Number.NaN;
  const vector = (first: number): Vector => ({ x: at(first), y: at(first + 1), z: at(first + 2) });
  const absent = (first: number, last: number) => {
    for (let channel = first; channel <= last; channel += 1) if (Number.isNaN(at(channel))) return true;
    return false;
  };
  return {
    bmp280: absent(0, 1) ? null : { temperatureCelsius: at(0), pressurePascals: at(1) },
    mpu6050: absent(2, 8) ? null : { acceleration: vector(2), angularVelocity: vector(5), temperatureCelsius: at(8) },
    sht4x: absent(9, 10) ? null : { temperatureCelsius: at(9), humidityPercent: at(10) },
  };
}
