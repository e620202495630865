import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { connections, repeat, sourcesOf } from '../contender.ts';
import { httpGet } from '../http.ts';
import { openLines } from '../line.ts';
import { closedLoop, type LoadResult, openLoop } from '../load.ts';
import { startNodeServer } from '../node-server.ts';
import type { SlowDiskResult } from '../results.ts';
import { registerDevices } from '../sealpost-devices.ts';
import { type CurveOptions, closeAll, httpTarget, shakeHandsEach, uploadsEach } from './curve.ts';

const syncMilliseconds = 20;
const uploads = 60_000;
const seconds = 4;
/** Devices and readers of the other calls: enough that these don't queue at the bench. */
const others = 32;
const othersPerSecond = 100;

interface DiskRun {
  readonly load: LoadResult;
  readonly cpuMicrosPerUpload: number;
  readonly othersP99Milliseconds: number;
}

/** A disk whose every sync takes 20 ms, as an SD card's may, against the disk as it is. null where there is no gcc. */
export async function measureSlowDisk(options: CurveOptions): Promise<SlowDiskResult | null> {
  const { run } = options;
  if (spawnSync('gcc', ['--version']).error) return null;
  run.progress('slow disk');
  const library = join(run.directory('slow-sync'), 'slow-sync.so');
  execFileSync('gcc', ['-shared', '-fPIC', '-O2', '-o', library, join(import.meta.dirname, 'slow-sync.c')]);
  const fast = await measureDisk(options, 'fast-disk', {});
  const slow = await measureDisk(options, 'slow-disk', {
    LD_PRELOAD: library,
    SLOW_SYNC_MS: String(syncMilliseconds),
  });
  return {
    syncMilliseconds,
    connections,
    uploadsPerSecond: slow.load.requestsPerSecond,
    p99Milliseconds: slow.load.p99Milliseconds,
    othersP99Milliseconds: slow.othersP99Milliseconds,
    fastUploadsPerSecond: fast.load.requestsPerSecond,
    fastCpuMicrosPerUpload: fast.cpuMicrosPerUpload,
  };
}

async function measureDisk({ run, scaled }: CurveOptions, name: string, env: NodeJS.ProcessEnv): Promise<DiskRun> {
  const data = run.directory(name);
  const devices = await registerDevices(data, 'bench', connections + others);
  const uploaders = devices.slice(0, connections);
  const reporters = devices.slice(connections);
  const server = await startNodeServer('sealpost', { cores: run.serverCore, data, env: { ...process.env, ...env } });
  const target = httpTarget(server);
  const lines = await openLines(target, connections);
  const reporterLines = await openLines(target, others);
  const readerLines = await openLines(target, others);
  try {
    await shakeHandsEach(uploaders, lines);
    await shakeHandsEach(reporters, reporterLines);
    // The first commit of each device makes its boot, and there is nothing to read before.
    await closedLoop(lines, uploadsEach(uploaders, 10), { requests: 10 * connections, seconds });
    const requests = scaled(uploads);
    const sources = uploadsEach(uploaders, Math.ceil(requests / connections));
    const reports = sourcesOf(reporters.map((device) => device.timeSyncs(othersPerSecond * seconds)));
    const done = new AbortController();
    const limit = { requests: othersPerSecond * seconds, seconds, signal: done.signal };
    const before = server.usage();
    const [load, ...meanwhile] = await Promise.all([
      closedLoop(lines, sources, { requests, seconds }).finally(() => done.abort()),
      openLoop(reporterLines, reports, othersPerSecond, limit),
      openLoop(readerLines, repeat(httpGet('/sensor')), othersPerSecond, limit),
    ]);
    const after = await server.settledUsage();
    return {
      load,
      cpuMicrosPerUpload: (after.cpuMicros - before.cpuMicros) / load.requests,
      othersP99Milliseconds: Math.max(...meanwhile.map(({ p99Milliseconds }) => p99Milliseconds)),
    };
  } finally {
    for (const all of [lines, reporterLines, readerLines]) closeAll(all);
    await server.stop();
    run.removeDirectory(data);
  }
}
