import { join } from 'node:path';
import { test as base } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { addDevice, type Ended, newDirectory, ServerProcess, sealpost } from './process.ts';

/** A test with a data directory of its own, so that those of a file can run at the same time. */
export const test = base
  .extend('data', () => join(newDirectory(), 'data'))
  /** Runs `sealpost device …` on it. */
  .extend(
    'device',
    ({ data }) =>
      (...args: string[]): Promise<Ended> =>
        sealpost(['device', ...args, '--data', data]),
  );

/** The same with a server on it, and, for whoever asks, the key of a device `greenhouse`. */
export const testWithServer = test
  .extend('server', ({ data }) => ServerProcess.start(data))
  .extend('key', ({ data }) => addDevice(data));

/** The keys that a server would take from a device, the newest first, in base64. */
export async function keysInStore(data: string, deviceId = 'greenhouse'): Promise<string[]> {
  const store = await openSqliteStore({ dataDirectory: data });
  try {
    return (await store.deviceKeys(deviceId)).map(({ key }) => key.toString('base64'));
  } finally {
    await store.close();
  }
}
