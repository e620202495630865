import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { commandLine } from '../access/actor.ts';
import { DeviceAdmin } from '../access/device-admin.ts';
import type { DeviceIdentity } from '../device/handshake.ts';
import { OperatorError } from '../errors.ts';
import { isDeviceId } from '../session/device-id.ts';
import { systemClock } from '../time.ts';
import type { StoreOptions } from './options.ts';
import { withStore } from './with-store.ts';

/** Keys from a file of what `device add --json` prints, one after another. */
export function keysFromFile(path: string, devices: number): DeviceIdentity[] {
  const entries = readFile(path)
    // Each document ends with its object, whether it stands on one line or on several.
    .split(/(?<=\})\s*/)
    .filter((text) => text.trim() !== '')
    .map((text, index) => identityOf(text, `${path}, entry ${index + 1}`));
  if (entries.length < devices) {
    throw new OperatorError(`${path} has ${entries.length} keys, and --devices asks for ${devices}`);
  }
  return entries.slice(0, devices);
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new OperatorError(`can't read the key file ${path}: ${error instanceof Error ? error.message : error}`);
  }
}

function identityOf(text: string, place: string): DeviceIdentity {
  let entry: unknown;
  try {
    entry = JSON.parse(text);
  } catch {
    entry = undefined;
  }
  if (typeof entry === 'object' && entry && 'device' in entry && 'key' in entry) {
    const { device, key } = entry;
    if (
      typeof device === 'string' &&
      isDeviceId(device) &&
      typeof key === 'string' &&
      /^[A-Za-z0-9+/]{43}=$/.test(key)
    ) {
      return { deviceId: device, deviceKey: Buffer.from(key, 'base64') };
    }
  }
  throw new OperatorError(
    `${place}: expected {"device": ID, "key": 32 bytes in base64}, as 'device add --json' prints it`,
  );
}

/** Keys of devices in a data directory on this machine; those that are missing are registered. */
export async function keysFromStore(options: StoreOptions, deviceIds: readonly string[]): Promise<DeviceIdentity[]> {
  return withStore(options, async (store) => {
    const known = new Set((await store.listDevices()).map(({ deviceId }) => deviceId));
    const identities: DeviceIdentity[] = [];
    for (const deviceId of deviceIds) {
      if (!known.has(deviceId)) {
        const fresh = randomBytes(32);
        await new DeviceAdmin({ store, now: systemClock.wall }).add(deviceId, fresh, commandLine);
        fresh.fill(0);
      }
      const [newest] = await store.deviceKeys(deviceId);
      if (!newest) throw new OperatorError(`${deviceId} is revoked: remove it, or simulate under another --prefix`);
      identities.push({ deviceId, deviceKey: newest.key });
    }
    return identities;
  });
}
