import type { BenchDevice } from '../bench-device.ts';
import { connections, sourcesOf } from '../contender.ts';
import { type Line, openLines } from '../line.ts';
import { closedLoop, type RequestSource } from '../load.ts';
import { startNodeServer } from '../node-server.ts';
import type { SessionsPoint } from '../results.ts';
import { registerDevices, shakeHandsAll } from '../sealpost-devices.ts';
import { type CurveOptions, closeAll, httpTarget } from './curve.ts';

const sizes = [1, 100, 10_000, 100_000];
const mostUploads = 100_000;
const leastUploads = 20_000;
const secondsOfUploads = 5;

/** Uploads a second and memory with so many sessions, of as many devices. Each upload is of the next session. */
export async function measureSessions({ run, scaled }: CurveOptions): Promise<SessionsPoint[]> {
  const data = run.directory('sessions');
  const counts = [...new Set(sizes.map((size) => (size > 100 ? Math.max(100, scaled(size)) : size)))];
  const most = counts.at(-1) ?? 1;
  run.progress(`registering ${most} devices`);
  const devices = await registerDevices(data, 'bench', most);
  const strangers = await registerDevices(data, 'warm', 1000);
  const points: SessionsPoint[] = [];
  for (const sessions of counts) {
    run.progress(`${sessions} sessions`);
    points.push(await measurePoint(run.serverCore, data, devices.slice(0, sessions), strangers));
  }
  run.removeDirectory(data);
  return points;
}

async function measurePoint(
  cores: string | null,
  data: string,
  devices: readonly BenchDevice[],
  strangers: readonly BenchDevice[],
): Promise<SessionsPoint> {
  const server = await startNodeServer('sealpost', { cores, data, collectable: true });
  // A device makes one request at a time, so one session can't use more than one connection.
  const lines = await openLines(httpTarget(server), Math.min(connections, devices.length));
  try {
    // So that all code is warm and all caches of a fixed size are full.
    await shakeHandsAll(strangers, lines);
    await closedLoop(lines, inTurn(strangers, lines), { requests: leastUploads, seconds: secondsOfUploads });
    const before = await server.memoryWithoutGarbage();
    await shakeHandsAll(devices, lines);
    const load = await closedLoop(lines, inTurn(devices, lines), { requests: mostUploads, seconds: secondsOfUploads });
    const after = await server.memoryWithoutGarbage();
    return {
      sessions: devices.length,
      uploadsPerSecond: load.requestsPerSecond,
      memory: after.resident,
      bytesPerSession: Math.max(0, after.used - before.used) / devices.length,
    };
  } finally {
    closeAll(lines);
    await server.stop();
  }
}

/** Each line has its devices, and takes one upload of each before the next of the first. */
function inTurn(devices: readonly BenchDevice[], lines: readonly Line[]): RequestSource[] {
  const uploads = Math.min(mostUploads, Math.max(leastUploads, devices.length));
  const rounds = Math.ceil(uploads / devices.length);
  const written = devices.map((device) => device.uploads(rounds));
  return sourcesOf(
    lines.map((_line, line) => {
      const own = written.filter((_uploads, index) => index % lines.length === line);
      return Array.from({ length: rounds }, (_, round) => own.flatMap((of) => of.slice(round, round + 1))).flat();
    }),
  );
}
