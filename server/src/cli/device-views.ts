import { noSuchDevice } from '../errors.ts';
import type { DeviceReport, DeviceSummary } from '../store/store.ts';
import { type Micros, rfc3339 } from '../time.ts';
import type { StoreOptions } from './options.ts';
import { count, printable, printJson, printLines, printTable } from './output.ts';
import { withStore } from './with-store.ts';

interface ViewOptions extends StoreOptions {
  readonly json?: true;
}

export async function listDevices(options: ViewOptions): Promise<void> {
  const devices = await withStore(options, (store) => store.listDevices());
  if (options.json) return printJson(devices.map(summaryJson));
  if (devices.length === 0) return printLines('No device yet. Add one: sealpost device add greenhouse');
  printTable(
    ['DEVICE', 'KEY', 'LATEST READING', 'FIRMWARE', 'HARDWARE'],
    devices.map((device) => [
      device.deviceId,
      keyState(device),
      time(device.latestReadingAt) ?? 'none yet',
      printable(device.firmwareVersion ?? '-'),
      printable(device.hardware ?? '-'),
    ]),
  );
}

export async function showDevice(deviceId: string, options: ViewOptions): Promise<void> {
  const device = await withStore(options, (store) => store.describeDevice(deviceId));
  if (!device) throw noSuchDevice(deviceId);
  if (options.json) {
    const { boots, readings, missingReadings } = device;
    return printJson({ ...summaryJson(device), boots, readings, missingReadings });
  }
  const rows: readonly (readonly [string, string | null])[] = [
    ['device', device.deviceId],
    ['added', time(device.addedAt)],
    ['key', keyState(device)],
    ['firmware', device.firmwareVersion && printable(device.firmwareVersion)],
    ['hardware', device.hardware && printable(device.hardware)],
    ['time zone', device.utcOffsetSeconds === null ? null : utcOffset(device.utcOffsetSeconds)],
    ['latest reading', time(device.latestReadingAt)],
    ['readings', readingsOf(device)],
    ['boots', String(device.boots)],
    ['on the device', statusOf(device)],
  ];
  printLines(...rows.map(([name, value]) => `${name.padEnd(16)}${value ?? 'not known yet'}`));
}

function summaryJson(device: DeviceSummary) {
  return {
    device: device.deviceId,
    key: keyState(device),
    addedAt: time(device.addedAt),
    firmwareVersion: device.firmwareVersion,
    hardware: device.hardware,
    utcOffsetSeconds: device.utcOffsetSeconds,
    latestReadingAt: time(device.latestReadingAt),
    status: device.status,
  };
}

function keyState({ currentGeneration, pendingGeneration }: DeviceSummary): string {
  if (pendingGeneration !== null)
    return currentGeneration === null ? 'new, not used yet' : 'current, and a new one not used yet';
  return currentGeneration === null ? 'revoked' : 'current';
}

function readingsOf({ readings, missingReadings }: DeviceReport): string {
  return missingReadings === 0
    ? count(readings, 'reading')
    : `${count(readings, 'reading')}, ${missingReadings} missing or on the way`;
}

function statusOf({ status }: DeviceSummary): string | null {
  if (!status) return null;
  const { queuedReadings, droppedReadings, freeHeapBytes, rssiDbm } = status;
  return `${queuedReadings} queued, ${droppedReadings} dropped, ${Math.round(freeHeapBytes / 1024)} KB free, ${rssiDbm} dBm`;
}

function utcOffset(seconds: number): string {
  const minutes = Math.abs(Math.trunc(seconds / 60));
  const two = (part: number) => String(part).padStart(2, '0');
  return `UTC${seconds < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function time(at: Micros | null): string | null {
  return at === null ? null : rfc3339(at);
}
