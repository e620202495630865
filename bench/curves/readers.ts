import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BenchDevice } from '../bench-device.ts';
import { connections } from '../contender.ts';
import { type Line, openLines } from '../line.ts';
import { closedLoop } from '../load.ts';
import { medianOf } from '../median.ts';
import { startNodeServer } from '../node-server.ts';
import type { ReadersPoint } from '../results.ts';
import { registerDevices } from '../sealpost-devices.ts';
import { type CurveOptions, closeAll, httpTarget, shakeHandsEach, uploadsEach } from './curve.ts';
import { fillStore } from './fill.ts';
import type { CrowdAnswers } from './reader-crowd.ts';

const program = fileURLToPath(new URL('./reader-crowd.ts', import.meta.url));
const uploads = 60_000;
const seconds = 3;
const rounds = 3;
/** One device's 30 days. */
const historyReadings = 259_200;
/** Of those who list, and as many of those who aggregate. */
const askers = 10;
const watchers = 100;

const crowds = [
  { readers: `${askers} list, ${askers} aggregate 30 days`, watching: 0, watched: '' },
  { readers: `the same, ${watchers} watch a device each`, watching: watchers, watched: 'live' },
  { readers: `the same, ${watchers} watch every device`, watching: watchers, watched: '' },
];

type Crowd = (typeof crowds)[number];

/** Uploads as fast as they are answered while readers ask as fast as they are answered, to the same without readers. */
export async function measureReaders({ run, scaled }: CurveOptions): Promise<ReadersPoint[]> {
  const data = run.directory('readers');
  run.progress('readers');
  await fillStore(run.cores?.generator ?? null, data, { devices: 1, readings: scaled(historyReadings), perBatch: 64 });
  const devices = await registerDevices(data, 'live', watchers);
  const server = await startNodeServer('sealpost', { cores: run.serverCore, data });
  const lines = await openLines(httpTarget(server), connections);
  const measure = () => uploadsPerSecond(lines, devices, scaled(uploads));
  try {
    await shakeHandsEach(devices, lines);
    const points: ReadersPoint[] = [];
    await measure();
    for (const crowd of crowds) {
      run.progress(crowd.readers);
      const found: ReadersPoint[] = [];
      for (let round = 0; round < rounds; round += 1) {
        found.push(await besideCrowd(server.port, crowd, await measure(), measure));
      }
      const median = medianOf(found.map(({ ratio }) => ratio));
      points.push(...found.filter(({ ratio }) => ratio === median).slice(0, 1));
    }
    return points;
  } finally {
    closeAll(lines);
    await server.stop();
    run.removeDirectory(data);
  }
}

async function uploadsPerSecond(lines: readonly Line[], devices: readonly BenchDevice[], requests: number) {
  const sources = uploadsEach(devices.slice(0, connections), Math.ceil(requests / connections));
  return (await closedLoop(lines, sources, { requests, seconds })).requestsPerSecond;
}

async function besideCrowd(
  port: number,
  { readers, watching, watched }: Crowd,
  alone: number,
  measure: () => Promise<number>,
): Promise<ReadersPoint> {
  const options = [port, 'bench-0', askers, askers, watching, watched].map(String);
  const child = fork(program, options, { execArgv: ['--disable-warning=ExperimentalWarning'] });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  try {
    await once(child, 'message');
    await answersOf(child);
    const began = performance.now();
    const uploadsPerSecond = await measure();
    const answers = await answersOf(child);
    const took = (performance.now() - began) / 1000;
    return {
      readers,
      uploadsPerSecond,
      ratio: uploadsPerSecond / alone,
      listsPerSecond: answers.lists / took,
      aggregatesPerSecond: answers.aggregates / took,
      watchedBytesPerSecond: answers.watchedBytes / took,
    };
  } finally {
    process.off('exit', kill);
    kill();
    await once(child, 'exit');
  }
}

async function answersOf(child: ChildProcess): Promise<CrowdAnswers> {
  child.send('how many');
  const [answers] = await once(child, 'message');
  return answers as CrowdAnswers;
}
