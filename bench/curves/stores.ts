import { httpGet } from '../http.ts';
import { Line } from '../line.ts';
import { closedLoop } from '../load.ts';
import { medianOf } from '../median.ts';
import { startNodeServer } from '../node-server.ts';
import type { StorePoint } from '../results.ts';
import type { ServerProcess } from '../server-process.ts';
import { type CurveOptions, httpTarget } from './curve.ts';
import { fillStore } from './fill.ts';
import type { Filled } from './fill-store.ts';

const sizes = [10_000, 1_000_000, 10_000_000];
const devices = 64;
const perBatch = 64;
const rounds = 7;
const requestsPerRound = 500;

/** Size of the store, and how long the latest reading takes, with so many readings in it. The servers are asked in turn. */
export async function measureStores({ run, scaled }: CurveOptions): Promise<StorePoint[]> {
  const stores: { readonly filled: Filled; readonly server: ServerProcess; readonly times: number[][] }[] = [];
  const counts = [...new Set(sizes.map((size) => Math.max(10_000, scaled(size))))];
  const directories = counts.map((count) => run.directory(`store-${count}`));
  try {
    for (const [index, readings] of counts.entries()) {
      run.progress(`filling a store with ${readings} readings`);
      const data = directories[index] ?? '';
      const filled = await fillStore(run.serverCore, data, { devices, readings, perBatch });
      const server = await startNodeServer('sealpost', { cores: run.serverCore, data });
      stores.push({ filled, server, times: [[], []] });
    }
    run.progress('GET /sensor');
    // The first round warms up.
    for (let round = 0; round <= rounds; round += 1) {
      for (const { server, times } of stores) {
        for (const [index, path] of ['/sensor', '/sensor?device=bench-7'].entries()) {
          const time = await medianTime(server, path);
          if (round > 0) times[index]?.push(time);
        }
      }
    }
  } finally {
    for (const { server } of stores) await server.stop();
    for (const directory of directories) run.removeDirectory(directory);
  }
  return stores.map(({ filled, times }) => ({
    readings: filled.readings,
    fileBytes: filled.fileBytes,
    fillReadingsPerSecond: filled.readings / filled.seconds,
    sensorMilliseconds: medianOf(times[0] ?? []),
    sensorOfDeviceMilliseconds: medianOf(times[1] ?? []),
  }));
}

async function medianTime(server: ServerProcess, path: string): Promise<number> {
  const line = await Line.open(httpTarget(server));
  const request = httpGet(path);
  const load = await closedLoop([line], [() => request], { requests: requestsPerRound, seconds: 5 });
  line.close();
  return load.p50Milliseconds;
}
