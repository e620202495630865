import type { Device, StoredReading } from '#gen/reading_service_pb.js';
import { readings } from './server.ts';
import { millisecondsOf, serverNow, timestampOf } from './time.ts';

/** More rows than this would make a page that nobody reads. */
const mostDevices = 2000;

/** The devices as the page knows them: from the list, then kept up with what arrives. */
export class Fleet {
  readonly devices = new Map<string, Device>();
  /** Whether there are more than are shown. */
  isCut = false;

  /** Takes the server's list in place of all before. */
  async load(signal: AbortSignal): Promise<void> {
    const listed: Device[] = [];
    let pageToken = '';
    do {
      const page = await readings.listDevices({ pageSize: 1000, pageToken }, { signal });
      listed.push(...page.devices);
      pageToken = page.nextPageToken;
    } while (pageToken !== '' && listed.length < mostDevices);
    this.isCut = pageToken !== '';
    this.devices.clear();
    for (const device of listed) this.devices.set(device.deviceId, device);
  }

  /** Whether the list has to be asked for again: it has all devices, and not this one. */
  isIncomplete(arrived: readonly StoredReading[]): boolean {
    return !this.isCut && arrived.some(({ deviceId }) => !this.devices.has(deviceId));
  }

  /** Takes what has arrived; gives the ids of the devices that it is about, known ones only. */
  take(arrived: readonly StoredReading[]): readonly string[] {
    const changed = new Set<string>();
    for (const reading of arrived) {
      const device = this.devices.get(reading.deviceId);
      if (device === undefined) continue;
      takeReading(device, reading);
      changed.add(reading.deviceId);
    }
    return [...changed];
  }
}

/** Brings a device up to date with a reading that has arrived. */
export function takeReading(device: Device, reading: StoredReading): void {
  device.lastReceivedTime = reading.receivedTime ?? timestampOf(Math.round(serverNow()));
  const { collectedTime } = reading;
  if (collectedTime === undefined) return;
  const latest = device.latestReading?.collectedTime;
  if (latest === undefined || millisecondsOf(latest) <= millisecondsOf(collectedTime)) device.latestReading = reading;
}
