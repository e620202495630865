import { connections } from '../contender.ts';
import { openLines } from '../line.ts';
import { closedLoop, type LoadResult, openLoop } from '../load.ts';
import { medianOf } from '../median.ts';
import { startNodeServer } from '../node-server.ts';
import type { PaceResult } from '../results.ts';
import { registerDevices } from '../sealpost-devices.ts';
import { type CurveOptions, closeAll, httpTarget, shakeHandsEach, uploadsEach } from './curve.ts';

const peakUploads = 60_000;
const peakSeconds = 3;
const pacedSeconds = 3;
const rounds = 3;

/** How long an upload takes when the server has as much again to spare: requests come at a steady pace. */
export async function measurePace({ run, scaled }: CurveOptions): Promise<PaceResult> {
  run.progress('half of the peak');
  const data = run.directory('pace');
  const server = await startNodeServer('sealpost', { cores: run.serverCore, data });
  const devices = await registerDevices(data, 'bench', connections);
  const lines = await openLines(httpTarget(server), connections);
  try {
    await shakeHandsEach(devices, lines);
    const closed = (requests: number) =>
      closedLoop(lines, uploadsEach(devices, Math.ceil(requests / connections)), { requests, seconds: peakSeconds });
    await closed(scaled(peakUploads / 4));
    const peak = await closed(scaled(peakUploads));
    const half = peak.requestsPerSecond / 2;
    const paced: LoadResult[] = [];
    for (let round = 0; round < rounds; round += 1) {
      // Lines take turns, though not strictly: a few more than an equal share of uploads for each.
      const uploads = uploadsEach(devices, Math.ceil(((half * pacedSeconds) / connections) * 1.5) + 100);
      paced.push(await openLoop(lines, uploads, half, { requests: 1_000_000, seconds: pacedSeconds }));
    }
    const median = (figure: (result: LoadResult) => number) => medianOf(paced.map(figure));
    return {
      peakPerSecond: peak.requestsPerSecond,
      uploadsPerSecond: median(({ requestsPerSecond }) => requestsPerSecond),
      p50Milliseconds: median(({ p50Milliseconds }) => p50Milliseconds),
      p99Milliseconds: median(({ p99Milliseconds }) => p99Milliseconds),
    };
  } finally {
    closeAll(lines);
    await server.stop();
    run.removeDirectory(data);
  }
}
