import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BenchDevice } from '../bench-device.ts';
import { connections } from '../contender.ts';
import { openLines } from '../line.ts';
import { closedLoop } from '../load.ts';
import { medianOf } from '../median.ts';
import type { WorkersPoint } from '../results.ts';
import { registerDevices } from '../sealpost-devices.ts';
import { freePort, ServerProcess } from '../server-process.ts';
import { type CurveOptions, closeAll, httpTarget, shakeHandsEach, uploadsEach } from './curve.ts';

const launcher = fileURLToPath(new URL('../../bin/sealpost', import.meta.url));
const uploads = 40_000;
const seconds = 4;
const rounds = 3;

/**
 * CPU time an upload with one worker and with two, in turn, both free to use any core. null while `serve` knows no
 * workers.
 */
export async function measureWorkers({ run, scaled }: CurveOptions): Promise<WorkersPoint[] | null> {
  const help = spawnSync(launcher, ['serve', '--help'], { encoding: 'utf8' });
  if (!help.stdout.includes('--workers')) return null;
  const servers = await Promise.all(
    [1, 2].map(async (workers) => {
      const data = run.directory(`workers-${workers}`);
      const devices = await registerDevices(data, 'bench', connections);
      const port = await freePort();
      const options = ['--host', '127.0.0.1', '--port', String(port), '--data', data, '--workers', String(workers)];
      const command = [launcher, 'serve', '--log-level', 'warn', ...options];
      const server = await ServerProcess.start({ command, port, cores: run.cores?.all ?? null });
      server.pause();
      return { workers, data, devices, server, points: [] as WorkersPoint[] };
    }),
  );
  try {
    for (let round = 0; round <= rounds; round += 1) {
      for (const { workers, devices, server, points } of servers) {
        run.progress(`${workers} workers, ${round === 0 ? 'warm-up' : `round ${round}`}`);
        server.resume();
        const point = await measurePoint(workers, server, devices, scaled(uploads));
        server.pause();
        if (round > 0) points.push(point);
      }
    }
  } finally {
    for (const { server, data } of servers) {
      await server.stop();
      run.removeDirectory(data);
    }
  }
  return servers.map(({ workers, points }) => ({
    workers,
    uploadsPerSecond: medianOf(points.map(({ uploadsPerSecond }) => uploadsPerSecond)),
    cpuMicrosPerUpload: medianOf(points.map(({ cpuMicrosPerUpload }) => cpuMicrosPerUpload)),
  }));
}

/** A device's session is its worker's, and its worker is its connection's: so it shakes hands where it uploads. */
async function measurePoint(
  workers: number,
  server: ServerProcess,
  devices: readonly BenchDevice[],
  requests: number,
): Promise<WorkersPoint> {
  const lines = await openLines(httpTarget(server), connections);
  try {
    await shakeHandsEach(devices, lines);
    const sources = uploadsEach(devices, Math.ceil(requests / connections));
    const before = server.usage();
    const load = await closedLoop(lines, sources, { requests, seconds });
    const after = await server.settledUsage();
    return {
      workers,
      uploadsPerSecond: load.requestsPerSecond,
      cpuMicrosPerUpload: (after.cpuMicros - before.cpuMicros) / load.requests,
    };
  } finally {
    closeAll(lines);
  }
}
