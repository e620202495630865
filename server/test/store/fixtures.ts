import { type ClockSample, earliestTime } from '../../src/readings/clock-model.ts';
import { type CheckedBatch, type DeviceStatus, type Reading, timeSource } from '../../src/readings/reading.ts';
import type { SessionOwner, Store, StoredReading } from '../../src/store/store.ts';
import { hour, type Micros } from '../../src/time.ts';
import { everySensor } from '../every-sensor.ts';

/** An hour at which a server's clock is right. */
export const noon: Micros = earliestTime + 1000 * hour;
export const bootId = 0x0000_0001_89ab_cdefn;

export const fullReading: Reading = {
  sequence: 1,
  ownTime: noon - 7,
  timeSource: timeSource.ntp,
  uptime: 5_000_000,
  ...everySensor,
};

/** A reading of no sensor, with an uptime and no stamp. */
export function reading(sequence: number, uptime: Micros | null = sequence): Reading {
  return { sequence, ownTime: null, timeSource: timeSource.uptime, uptime, bmp280: null, mpu6050: null, sht4x: null };
}

/** The same with the device's own stamp. */
export function stampedReading(sequence: number, ownTime: Micros, uptime: Micros | null = sequence): Reading {
  return { ...reading(sequence, uptime), ownTime, timeSource: timeSource.ntp };
}

export function batch(readings: readonly Reading[], of: { bootId?: bigint; status?: DeviceStatus } = {}): CheckedBatch {
  return { bootId: of.bootId ?? bootId, readings, refusedSensors: 0, status: of.status ?? null };
}

export function sample(uptime: Micros, serverTime: Micros, of: Partial<ClockSample> = {}): ClockSample {
  return { uptime, serverTime, uncertainty: 1000, epoch: 0, ...of };
}

/** How a reading of `kitchen` comes back. */
export function stored(of: Reading, resolvedTime: Micros | null, more: Partial<StoredReading> = {}): StoredReading {
  return { ...of, deviceId: 'kitchen', bootId, resolvedTime, receivedAt: noon, utcOffsetSeconds: null, ...more };
}

export function deviceKey(byte: number): Buffer {
  return Buffer.alloc(32, byte);
}

/** Registers a device and gives the owner of a session under its first key. */
export async function addDevice(store: Store, deviceId = 'kitchen'): Promise<SessionOwner> {
  await store.addDevice(deviceId, deviceKey(1), noon);
  return currentOwner(store, deviceId);
}

export async function currentOwner(store: Store, deviceId = 'kitchen'): Promise<SessionOwner> {
  const device = await store.describeDevice(deviceId);
  if (device?.currentGeneration == null) throw new Error(`${deviceId} has no current key`);
  return { deviceId, generation: device.currentGeneration };
}

/** Rotates the device's key and gives the owner of a session under the new one, which is pending. */
export async function rotate(store: Store, deviceId = 'kitchen'): Promise<SessionOwner> {
  await store.rotateKey(deviceId, deviceKey(2), { atOnce: false });
  const device = await store.describeDevice(deviceId);
  if (device?.pendingGeneration == null) throw new Error(`${deviceId} has no pending key`);
  return { deviceId, generation: device.pendingGeneration };
}
