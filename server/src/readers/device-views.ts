import type { Grant } from '../access/grant.ts';
import { invalidField } from '../errors.ts';
import type { DeviceReport, DeviceSummary, Store, StoredReading } from '../store/store.ts';
import { pageSizeOf, unknownDevice } from './bounds.ts';
import { type ClockQuality, clockQuality } from './clock-quality.ts';
import type { PlaceTokens } from './place-tokens.ts';
import type { ReaderLane } from './reader-share.ts';

/** A device at a glance. */
export interface DeviceView {
  readonly device: DeviceSummary;
  readonly latestReading: StoredReading | null;
}

/** A device in full. */
export interface DeviceInFull extends DeviceView {
  readonly device: DeviceReport;
  readonly clock: ClockQuality | null;
}

export interface DevicesPage {
  /** By their ids. */
  readonly devices: readonly DeviceView[];
  /** Empty behind the last page. */
  readonly nextPageToken: string;
}

const question = 'devices';
/** Devices in one step: about three milliseconds. */
const greatestStep = 64;

/** The devices that a reader may see, page by page. Throws `invalid_argument` for a page token that none gave. */
export async function devicesPage(
  store: Pick<Store, 'listDevices' | 'latestReading'>,
  lane: ReaderLane,
  tokens: PlaceTokens,
  grant: Pick<Grant, 'deviceId'>,
  page: { readonly pageSize: number; readonly pageToken: string },
): Promise<DevicesPage> {
  const size = pageSizeOf(page.pageSize);
  const after = page.pageToken === '' ? Buffer.alloc(0) : tokens.read(question, page.pageToken);
  if (!after) throw invalidField('page_token', 'the next_page_token of the page before');
  const found = await lane.step(() => devicesAfter(store, grant, after.toString(), size + 1));
  const shown = found.slice(0, size);
  const devices: DeviceView[] = [];
  while (devices.length < shown.length) {
    await lane.step(async () => {
      for (const device of shown.slice(devices.length, devices.length + greatestStep)) {
        devices.push({ device, latestReading: await store.latestReading(device.deviceId) });
      }
    });
  }
  const last = devices.at(-1)?.device.deviceId;
  const isLast = found.length <= size || last === undefined;
  return { devices, nextPageToken: isLast ? '' : tokens.write(question, Buffer.from(last)) };
}

/** Those that a reader may see, by their ids, from the first one behind `after`, at most `limit`. */
export function devicesAfter(
  store: Pick<Store, 'listDevices'>,
  { deviceId }: Pick<Grant, 'deviceId'>,
  after: string,
  limit: number,
): Promise<readonly DeviceSummary[]> {
  return store.listDevices({ ...(deviceId !== undefined && { deviceId }), after, limit });
}

/** A device in full; counting takes a pass over its readings. Throws `not_found` when there is none. */
export async function deviceInFull(
  store: Pick<Store, 'describeDevice' | 'latestReading' | 'clockSamples'>,
  deviceId: string,
): Promise<DeviceInFull> {
  const device = await store.describeDevice(deviceId);
  if (!device) throw unknownDevice();
  const latestReading = await store.latestReading(deviceId);
  return { device, latestReading, clock: clockQuality(await store.clockSamples(deviceId), latestReading) };
}

/** The state of a device's key: not used yet, in use, in use with a new one beside it, none. */
export type KeyState = 'new' | 'current' | 'rotating' | 'revoked';

export function keyStateOf({ currentGeneration, pendingGeneration }: DeviceSummary): KeyState {
  if (pendingGeneration !== null) return currentGeneration === null ? 'new' : 'rotating';
  return currentGeneration === null ? 'revoked' : 'current';
}
