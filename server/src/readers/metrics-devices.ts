import type { DeviceSummary, Store, StoredReading } from '../store/store.ts';
import { second } from '../time.ts';
import type { Kind, Labels, Metrics } from './metrics.ts';
import type { ReaderLane } from './reader-share.ts';

/** A device is some twenty series, so this is as much as belongs in one answer. */
export const mostDevices = 1000;
/** Devices in one step. */
const greatestStep = 20;

/** What a device's metric says; nothing where the value is null or undefined. */
type DeviceMetric<Of> = readonly [
  name: string,
  kind: Kind,
  help: string,
  values: (of: Of) => readonly (readonly [value: number | null | undefined, labels: Labels])[],
  ...labelNames: string[],
];

const summaryMetrics: readonly DeviceMetric<DeviceSummary>[] = [
  [
    'info',
    'gauge',
    'What the device says of itself.',
    (of) => [[1, { firmware: of.firmwareVersion ?? '', hardware: of.hardware ?? '' }]],
    'firmware',
    'hardware',
  ],
  ['reading_time_seconds', 'gauge', 'When the latest reading was taken.', (of) => [[seconds(of.latestReadingAt), {}]]],
  ['received_time_seconds', 'gauge', 'When readings came last.', (of) => [[seconds(of.lastReceivedAt), {}]]],
  ['refused_sensors_total', 'counter', 'Sensor messages stored as absent.', (of) => [[of.refusedSensors, {}]]],
  ['queued_readings', 'gauge', 'Readings that wait on the device.', (of) => [[of.status?.queuedReadings, {}]]],
  [
    'dropped_readings_total',
    'counter',
    'Readings that the device had no room for.',
    (of) => [[of.status && Number(of.status.droppedReadings), {}]],
  ],
  ['free_heap_bytes', 'gauge', 'Free memory of the device.', (of) => [[of.status?.freeHeapBytes, {}]]],
  ['rssi_dbm', 'gauge', 'Strength of the signal at the device.', (of) => [[of.status?.rssiDbm, {}]]],
];

const readingMetrics: readonly DeviceMetric<StoredReading>[] = [
  [
    'temperature_celsius',
    'gauge',
    'Temperature in the latest reading.',
    ({ bmp280, mpu6050, sht4x }) => [
      [bmp280?.temperatureCelsius, { sensor: 'bmp280' }],
      [mpu6050?.temperatureCelsius, { sensor: 'mpu6050' }],
      [sht4x?.temperatureCelsius, { sensor: 'sht4x' }],
    ],
    'sensor',
  ],
  [
    'pressure_pascals',
    'gauge',
    'Pressure of the air in the latest reading.',
    (of) => [[of.bmp280?.pressurePascals, {}]],
  ],
  ['humidity_percent', 'gauge', 'Relative humidity in the latest reading.', (of) => [[of.sht4x?.humidityPercent, {}]]],
  [
    'acceleration_mps2',
    'gauge',
    'Acceleration in the latest reading.',
    ({ mpu6050 }) => axes.map((axis) => [mpu6050?.acceleration[axis], { axis }]),
    'axis',
  ],
  [
    'angular_velocity_rps',
    'gauge',
    'Angular velocity in the latest reading.',
    ({ mpu6050 }) => axes.map((axis) => [mpu6050?.angularVelocity[axis], { axis }]),
    'axis',
  ],
];

const axes = ['x', 'y', 'z'] as const;

/** Adds how the devices are and their latest readings: of all, but at most `mostDevices`, in order of their ids. */
export async function addDevices(
  metrics: Metrics,
  store: Pick<Store, 'listDevices' | 'countDevices' | 'latestReading'>,
  lane: ReaderLane,
): Promise<void> {
  const ofSummary = summaryMetrics.map((metric) => adder(metrics, metric));
  const ofReading = readingMetrics.map((metric) => adder(metrics, metric));
  metrics.add('sealpost_devices', 'gauge', 'Devices registered.')(await store.countDevices(), {});
  let after = '';
  const addSome = async () => {
    const devices = await store.listDevices({ after, limit: greatestStep });
    for (const summary of devices) {
      const { deviceId } = summary;
      for (const add of ofSummary) add(deviceId, summary);
      const reading = await store.latestReading(deviceId);
      if (reading !== null) for (const add of ofReading) add(deviceId, reading);
      after = deviceId;
    }
    return devices.length === greatestStep;
  };
  for (let added = 0; added < mostDevices; added += greatestStep) if (!(await lane.step(addSome))) return;
}

function adder<Of>(metrics: Metrics, [name, kind, help, values, ...labelNames]: DeviceMetric<Of>) {
  const add = metrics.add(`sealpost_device_${name}`, kind, help, 'device', ...labelNames);
  return (device: string, of: Of): void => {
    for (const [value, labels] of values(of)) {
      if (value !== null && value !== undefined) add(value, { device, ...labels });
    }
  };
}

function seconds(time: number | null): number | null {
  return time === null ? null : time / second;
}
