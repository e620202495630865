import type { ReadableStore } from '../../src/readers/readers.ts';
import type { ClockSample } from '../../src/readings/clock-model.ts';
import { channelNames } from '../../src/readings/reading.ts';
import type {
  Arrival,
  DeviceReport,
  DeviceSummary,
  DevicesQuery,
  ReadingColumns,
  ReadingPosition,
  ReadingsQuery,
  StoredReading,
} from '../../src/store/store.ts';
import { second } from '../../src/time.ts';
import { everySensor } from '../every-sensor.ts';

/** Some reading of `greenhouse`, unless told otherwise, taken so many seconds after noon, with every sensor. */
export function storedReading(sequence: number, more: Partial<StoredReading> = {}): StoredReading {
  const time = noon + sequence * second;
  return {
    deviceId: 'greenhouse',
    bootId: 0x0000000100000001n,
    sequence,
    ownTime: null,
    timeSource: 1,
    uptime: sequence * second,
    resolvedTime: time,
    receivedAt: time + 10_000,
    utcOffsetSeconds: null,
    ...everySensor,
    ...more,
  };
}

export const noon = Date.UTC(2026, 10, 22, 12) * 1000;

export function deviceSummary(deviceId: string, more: Partial<DeviceSummary> = {}): DeviceSummary {
  return {
    deviceId,
    addedAt: noon,
    currentGeneration: 1,
    pendingGeneration: null,
    firmwareVersion: '1.0.0',
    hardware: 'test',
    utcOffsetSeconds: null,
    status: null,
    latestReadingAt: null,
    lastReceivedAt: null,
    refusedSensors: 0,
    ...more,
  };
}

/** What readers need of a store, in memory, with what a test wants to be in it. */
export class MemoryStore implements ReadableStore {
  readonly devices: DeviceSummary[] = [];
  readonly arrivals: Arrival[] = [];
  samples: readonly ClockSample[] = [];
  readonly listeners = new Set<() => void>();
  /** How often arrivals were read. */
  reads = 0;

  /** Readings arrive together, in one batch of the first one's device, which there is from then on. */
  receive(...readings: StoredReading[]): void {
    const deviceId = readings[0]?.deviceId ?? '';
    if (!this.#has(deviceId)) this.devices.push(deviceSummary(deviceId));
    this.arrivals.push({ arrival: this.arrivals.length + 1, deviceId, readings });
    for (const listener of this.listeners) listener();
  }

  async listDevices({ deviceId, after = '', limit }: DevicesQuery = {}): Promise<readonly DeviceSummary[]> {
    return this.devices
      .filter((device) => device.deviceId > after && (deviceId ?? device.deviceId) === device.deviceId)
      .sort((one, other) => (one.deviceId < other.deviceId ? -1 : 1))
      .slice(0, limit);
  }

  async countDevices(): Promise<number> {
    return this.devices.length;
  }

  async describeDevice(deviceId: string): Promise<DeviceReport | null> {
    const device = this.devices.find((each) => each.deviceId === deviceId);
    const readings = this.#all(deviceId).length;
    return device ? { ...device, boots: 1, readings, missingReadings: 0 } : null;
  }

  async latestReading(deviceId?: string): Promise<StoredReading | null> {
    return this.#inOrder(this.#all(deviceId)).at(-1) ?? null;
  }

  async listReadings({ deviceId, from, to, order, after, limit }: ReadingsQuery) {
    if (!this.#has(deviceId)) return null;
    const found = this.#inOrder(this.#all(deviceId)).filter((reading) => time(reading) >= from && time(reading) < to);
    if (order === 'newest first') found.reverse();
    const sign = order === 'newest first' ? -1 : 1;
    return found.filter((reading) => !after || sign * compare(positionOf(reading), after) > 0).slice(0, limit);
  }

  async *readingColumns(range: { deviceId: string; from: number; to: number }): AsyncIterable<ReadingColumns> {
    const found = this.#all(range.deviceId).filter((each) => time(each) >= range.from && time(each) < range.to);
    for (let at = 0; at < found.length; at += 500) yield columnsOf(found.slice(at, at + 500));
  }

  async lastArrival(): Promise<number> {
    return this.arrivals.length;
  }

  async arrivalsAfter(cursor: number, limit: number, deviceId?: string): Promise<readonly Arrival[]> {
    this.reads += 1;
    return this.arrivals
      .slice(cursor)
      .filter((arrival) => (deviceId ?? arrival.deviceId) === arrival.deviceId)
      .slice(0, limit);
  }

  onArrivals(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async clockSamples(): Promise<readonly ClockSample[]> {
    return this.samples;
  }

  deriveKey(purpose: string): Buffer {
    return Buffer.alloc(32, purpose);
  }

  #has(deviceId: string): boolean {
    return this.devices.some((device) => device.deviceId === deviceId);
  }

  #all(deviceId?: string): StoredReading[] {
    const arrivals = this.arrivals.filter((arrival) => (deviceId ?? arrival.deviceId) === arrival.deviceId);
    return arrivals.flatMap(({ readings }) => readings).filter(({ resolvedTime }) => resolvedTime !== null);
  }

  #inOrder(readings: StoredReading[]): StoredReading[] {
    return readings.sort((one, other) => compare(positionOf(one), positionOf(other)));
  }
}

const time = (reading: StoredReading) => reading.resolvedTime ?? Number.NaN;

function positionOf(reading: StoredReading): ReadingPosition {
  return { time: time(reading), bootId: reading.bootId, sequence: reading.sequence };
}

function compare(one: ReadingPosition, other: ReadingPosition): number {
  return one.time - other.time || Number(one.bootId - other.bootId) || one.sequence - other.sequence;
}

function columnsOf(readings: readonly StoredReading[]): ReadingColumns {
  const values = readings.map(({ bmp280, mpu6050, sht4x }) => [
    bmp280?.temperatureCelsius,
    bmp280?.pressurePascals,
    mpu6050?.acceleration.x,
    mpu6050?.acceleration.y,
    mpu6050?.acceleration.z,
    mpu6050?.angularVelocity.x,
    mpu6050?.angularVelocity.y,
    mpu6050?.angularVelocity.z,
    mpu6050?.temperatureCelsius,
    sht4x?.temperatureCelsius,
    sht4x?.humidityPercent,
  ]);
  return {
    times: Float64Array.from(readings, time),
    channels: channelNames.map((_, channel) => Float32Array.from(values, (row) => row[channel] ?? Number.NaN)),
  };
}
