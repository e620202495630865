import type { StoredReading } from '#gen/reading_service_pb.js';

/** One number of a reading, as people see it. */
export interface Channel {
  /** As AggregateReadings names it. */
  readonly name: string;
  readonly label: string;
  readonly of: (reading: StoredReading) => number | undefined;
}

/** Channels of one unit, which share a chart. */
export interface Quantity {
  readonly id: string;
  readonly label: string;
  readonly unit: string;
  readonly digits: number;
  /** What a value in the schema's unit is multiplied with. */
  readonly factor: number;
  readonly channels: readonly Channel[];
}

/** `factor` and unit applied: what to show of a channel. */
export function shownValue(quantity: Quantity, channel: Channel, reading: StoredReading): number | undefined {
  const value = channel.of(reading);
  return value === undefined ? undefined : value * quantity.factor;
}

type Axis = 'x' | 'y' | 'z';

function axes(
  field: string,
  vector: (reading: StoredReading) => Readonly<Record<Axis, number>> | undefined,
): readonly Channel[] {
  return (['x', 'y', 'z'] as const).map((axis) => ({
    name: `mpu6050.${field}.${axis}`,
    label: axis,
    of: (reading) => vector(reading)?.[axis],
  }));
}

const temperature: Quantity = {
  id: 'temperature',
  label: 'Temperature',
  unit: '°C',
  digits: 2,
  factor: 1,
  channels: [
    { name: 'sht4x.temperature_celsius', label: 'SHT4x', of: (reading) => reading.sht4x?.temperatureCelsius },
    { name: 'bmp280.temperature_celsius', label: 'BMP280', of: (reading) => reading.bmp280?.temperatureCelsius },
    { name: 'mpu6050.temperature_celsius', label: 'MPU6050', of: (reading) => reading.mpu6050?.temperatureCelsius },
  ],
};

const humidity: Quantity = {
  id: 'humidity',
  label: 'Humidity',
  unit: '%',
  digits: 2,
  factor: 1,
  channels: [{ name: 'sht4x.humidity_percent', label: 'SHT4x', of: (reading) => reading.sht4x?.humidityPercent }],
};

const pressure: Quantity = {
  id: 'pressure',
  label: 'Pressure',
  unit: 'hPa',
  digits: 2,
  factor: 0.01,
  channels: [{ name: 'bmp280.pressure_pascals', label: 'BMP280', of: (reading) => reading.bmp280?.pressurePascals }],
};

const acceleration: Quantity = {
  id: 'acceleration',
  label: 'Acceleration',
  unit: 'm/s²',
  digits: 3,
  factor: 1,
  channels: axes('acceleration_mps2', (reading) => reading.mpu6050?.accelerationMps2),
};

const rotation: Quantity = {
  id: 'rotation',
  label: 'Rotation',
  unit: 'rad/s',
  digits: 4,
  factor: 1,
  channels: axes('angular_velocity_rps', (reading) => reading.mpu6050?.angularVelocityRps),
};

/** In the order in which they are shown. */
export const quantities: readonly Quantity[] = [temperature, humidity, pressure, acceleration, rotation];

/** One of a sensor's quantities: all of its channels, or the one named. */
interface SensorLine {
  readonly quantity: Quantity;
  readonly channels: readonly Channel[];
}

export interface Sensor {
  readonly name: string;
  readonly what: string;
  readonly lines: readonly SensorLine[];
}

function line(quantity: Quantity, label?: string): SensorLine {
  return {
    quantity,
    channels: label === undefined ? quantity.channels : quantity.channels.filter((channel) => channel.label === label),
  };
}

export const sensors: readonly Sensor[] = [
  { name: 'SHT4x', what: 'air', lines: [line(temperature, 'SHT4x'), line(humidity)] },
  { name: 'BMP280', what: 'barometer', lines: [line(temperature, 'BMP280'), line(pressure)] },
  { name: 'MPU6050', what: 'motion', lines: [line(acceleration), line(rotation), line(temperature, 'MPU6050')] },
];

/** The values of the fleet's table, each from the first sensor that has it. */
export const glance: readonly Quantity[] = [temperature, humidity, pressure];

/** The first of a quantity's channels that this reading has. */
export function glanceValue(quantity: Quantity, reading: StoredReading | undefined): number | undefined {
  if (reading === undefined) return undefined;
  for (const channel of quantity.channels) {
    const value = shownValue(quantity, channel, reading);
    if (value !== undefined) return value;
  }
  return undefined;
}
