import type { Micros } from '../time.ts';

/** A vector in the sensor's own axes. */
export interface Vector {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** What the three sensors said: null where a sensor was absent, failed or gave what its data sheet rules out. */
export interface SensorValues {
  readonly bmp280: { readonly temperatureCelsius: number; readonly pressurePascals: number } | null;
  readonly mpu6050: {
    /** m/s² */
    readonly acceleration: Vector;
    /** rad/s */
    readonly angularVelocity: Vector;
    readonly temperatureCelsius: number;
  } | null;
  readonly sht4x: { readonly temperatureCelsius: number; readonly humidityPercent: number } | null;
}

/** A reading's numbers by name, in the order in which columns of them are kept. */
export const channelNames = [
  'bmp280.temperature_celsius',
  'bmp280.pressure_pascals',
  'mpu6050.acceleration_mps2.x',
  'mpu6050.acceleration_mps2.y',
  'mpu6050.acceleration_mps2.z',
  'mpu6050.angular_velocity_rps.x',
  'mpu6050.angular_velocity_rps.y',
  'mpu6050.angular_velocity_rps.z',
  'mpu6050.temperature_celsius',
  'sht4x.temperature_celsius',
  'sht4x.humidity_percent',
] as const;

/** The clock behind a reading's own stamp; the numbers are those of the schema's TimeSource. */
export const timeSource = { uptime: 1, server: 2, ntp: 3 } as const;
export type TimeSource = (typeof timeSource)[keyof typeof timeSource];

/** A checked reading, on its way to the store. */
export interface Reading extends SensorValues {
  /** 1 to 2^53 - 1 */
  readonly sequence: number;
  /** The device's own stamp; null exactly when timeSource is uptime. */
  readonly ownTime: Micros | null;
  readonly timeSource: TimeSource;
  /** Since the boot; null when the device did not say. */
  readonly uptime: Micros | null;
}

/** How a device said it is. */
export interface DeviceStatus {
  readonly queuedReadings: number;
  readonly droppedReadings: bigint;
  readonly freeHeapBytes: number;
  readonly rssiDbm: number;
}

/** A batch whose every value has been checked. */
export interface CheckedBatch {
  /** Unsigned, not zero. */
  readonly bootId: bigint;
  readonly readings: readonly Reading[];
  /** Sensor messages that were refused and are stored as absent. */
  readonly refusedSensors: number;
  readonly status: DeviceStatus | null;
}
