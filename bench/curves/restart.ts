import type { BenchDevice } from '../bench-device.ts';
import { connections, repeat, sourcesOf } from '../contender.ts';
import { httpGet } from '../http.ts';
import { openLines } from '../line.ts';
import { closedLoop, openLoop } from '../load.ts';
import { startNodeServer } from '../node-server.ts';
import type { RestartPoint } from '../results.ts';
import { registerDevices, shakeHandsAll } from '../sealpost-devices.ts';
import type { ServerProcess } from '../server-process.ts';
import { type CurveOptions, closeAll, httpTarget, shakeHandsEach, uploadsEach } from './curve.ts';

const handshakes = 10_000;
const connectionsAtOnce = [64, 256, 1000];
/** Devices that are in session already, and readers: enough of both that their own calls don't queue at the bench. */
const others = 64;
const othersPerSecond = 100;
const mostSeconds = 60;

/** A server starts, and all devices of the one before shake hands as fast as it lets them, while others go on. */
export async function measureRestarts({ run, scaled }: CurveOptions): Promise<RestartPoint[]> {
  const data = run.directory('restart');
  const devices = await registerDevices(data, 'bench', scaled(handshakes));
  const live = await registerDevices(data, 'live', others);
  const start = () => startNodeServer('sealpost', { cores: run.serverCore, data });
  const points: RestartPoint[] = [];
  let server = await start();
  try {
    const lines = await openLines(httpTarget(server), connections);
    await shakeHandsAll(devices, lines);
    closeAll(lines);
    for (const atOnce of connectionsAtOnce) {
      run.progress(`restart, ${atOnce} connections`);
      await server.stop();
      server = await start();
      points.push(await measurePoint(server, devices, live, atOnce));
    }
  } finally {
    await server.stop();
    run.removeDirectory(data);
  }
  return points;
}

async function measurePoint(
  server: ServerProcess,
  devices: readonly BenchDevice[],
  live: readonly BenchDevice[],
  atOnce: number,
): Promise<RestartPoint> {
  const target = httpTarget(server);
  const liveLines = await openLines(target, others);
  const readerLines = await openLines(target, others);
  const lines = await openLines(target, atOnce);
  await shakeHandsEach(live, liveLines);
  // A reader needs something to read.
  const uploads = uploadsEach(live, Math.ceil((othersPerSecond * mostSeconds) / others) + 10);
  await closedLoop(liveLines, uploads, { requests: others, seconds: 5 });
  const requests = lines.map((_line, line) =>
    devices.filter((_device, index) => index % atOnce === line).map((device) => device.keyExchange()),
  );
  const done = new AbortController();
  const limit = { requests: Number.MAX_SAFE_INTEGER, seconds: mostSeconds, signal: done.signal };
  const before = server.usage();
  const [load, ...meanwhile] = await Promise.all([
    closedLoop(lines, sourcesOf(requests), { requests: devices.length, seconds: mostSeconds }).finally(() =>
      done.abort(),
    ),
    openLoop(liveLines, uploads, othersPerSecond, limit),
    openLoop(readerLines, repeat(httpGet('/sensor')), othersPerSecond, limit),
  ]);
  const after = await server.settledUsage();
  for (const all of [liveLines, readerLines, lines]) closeAll(all);
  return {
    connections: atOnce,
    handshakes: load.requests,
    seconds: load.seconds,
    cpuSeconds: (after.cpuMicros - before.cpuMicros) / 1e6,
    othersP99Milliseconds: Math.max(...meanwhile.map(({ p99Milliseconds }) => p99Milliseconds)),
    others: meanwhile.reduce((sum, { requests: answered }) => sum + answered, 0),
  };
}
