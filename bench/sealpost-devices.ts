import { randomBytes } from 'node:crypto';
import { openSqliteStore } from '../server/src/store/sqlite/sqlite-store.ts';
import { systemClock } from '../server/src/time.ts';
import { BenchDevice } from './bench-device.ts';
import type { Line } from './line.ts';
import { closedLoop, type LoadResult } from './load.ts';

/** Registers so many new devices in a data directory, beside a running server or without one. */
export async function registerDevices(data: string, prefix: string, count: number): Promise<BenchDevice[]> {
  const store = await openSqliteStore({ dataDirectory: data, randomBytes });
  try {
    const devices: BenchDevice[] = [];
    for (let index = 0; index < count; index += 1) {
      const deviceId = `${prefix}-${index}`;
      const deviceKey = randomBytes(32);
      await store.addDevice(deviceId, Buffer.from(deviceKey), systemClock.wall());
      devices.push(new BenchDevice({ deviceId, deviceKey }));
    }
    return devices;
  } finally {
    await store.close();
  }
}

/** Device by device over all lines, each device once. What the devices do in between counts for the generator. */
export async function shakeHandsAll(devices: readonly BenchDevice[], lines: readonly Line[]): Promise<LoadResult> {
  const underWay: (BenchDevice | undefined)[] = [];
  const waiting = devices.values();
  const sources = lines.map((_line, index) => () => {
    underWay[index] = waiting.next().value;
    return underWay[index]?.keyExchange();
  });
  return closedLoop(lines, sources, { requests: devices.length, seconds: 600 }, (index, answer) =>
    underWay[index]?.begin(answer),
  );
}
