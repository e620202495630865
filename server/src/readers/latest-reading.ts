import type { Store, StoredReading } from '../store/store.ts';
import { localTimeText, rfc3339 } from '../time.ts';

/** GET /sensor: one reading, flat (docs/protocol-v1.md, section 8). A sensor that was absent is null. */
export interface LatestReading {
  /** hPa */
  readonly pressure_bmp: number | null;
  /** °C, as every `temp_` */
  readonly temp_bmp: number | null;
  /** m/s² */
  readonly ax: number | null;
  readonly ay: number | null;
  readonly az: number | null;
  /** rad/s */
  readonly gx: number | null;
  readonly gy: number | null;
  readonly gz: number | null;
  readonly temp_mpu: number | null;
  readonly temp_sht4: number | null;
  /** % */
  readonly humid_sht4: number | null;
  /** The reading's time in the device's time zone, for people. */
  readonly current_time: string;
  readonly device: string;
  /** RFC 3339 */
  readonly collected_at: string;
  readonly received_at: string | null;
}

/** The latest reading of one device or of all, or null. */
export async function latestReading(
  store: Pick<Store, 'latestReading'>,
  deviceId?: string,
): Promise<LatestReading | null> {
  const reading = await store.latestReading(deviceId);
  return reading && flatReading(reading);
}

/** A reading as GET /sensor gives it; null when it has no time. */
export function flatReading(reading: StoredReading): LatestReading | null {
  const { resolvedTime, receivedAt, bmp280, mpu6050, sht4x } = reading;
  if (resolvedTime === null) return null;
  return {
    pressure_bmp: bmp280 && round(bmp280.pressurePascals / 100, 2),
    temp_bmp: bmp280 && round(bmp280.temperatureCelsius, 2),
    ax: mpu6050 && round(mpu6050.acceleration.x, 4),
    ay: mpu6050 && round(mpu6050.acceleration.y, 4),
    az: mpu6050 && round(mpu6050.acceleration.z, 4),
    gx: mpu6050 && round(mpu6050.angularVelocity.x, 4),
    gy: mpu6050 && round(mpu6050.angularVelocity.y, 4),
    gz: mpu6050 && round(mpu6050.angularVelocity.z, 4),
    temp_mpu: mpu6050 && round(mpu6050.temperatureCelsius, 2),
    temp_sht4: sht4x && round(sht4x.temperatureCelsius, 2),
    humid_sht4: sht4x && round(sht4x.humidityPercent, 2),
    current_time: localTimeText(resolvedTime, reading.utcOffsetSeconds ?? 0),
    device: reading.deviceId,
    collected_at: rfc3339(resolvedTime),
    received_at: receivedAt === null ? null : rfc3339(receivedAt),
  };
}

/** Adding 0 makes a negative zero a plain one. */
const round = (value: number, digits: number) => Number(value.toFixed(digits)) + 0;
