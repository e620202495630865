/**
 * `npm run bench`: durable encrypted uploads against a bare Fastify POST with bodies of the same sizes, in turn, in one
 * run. Absolute figures say something about this machine only; the ratio is what to compare.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { printLines, printTable } from '../server/src/cli/output.ts';
import { keysFromStore } from '../server/src/cli/simulated-keys.ts';
import { ServerProcess } from './child.ts';
import { httpPost, type LoadResult, sendAll } from './http-load.ts';
import { type BodySizes, prepareDevice } from './sealed-load.ts';

const { values: options } = parseArgs({ options: { 'cpu-prof': { type: 'string' } } });
const profileDirectory = options['cpu-prof'];
const connections = 64;
const uploadsPerConnection = 300;
const readingsPerBatch = 64;
const batchesPerConnection = 20;
const repetitions = 5;
// The size of a receipt's whole body; the bare server answers with as many bytes.
const receiptBytes = 85;

interface Run extends LoadResult {
  readonly cpuMicros: number;
}

async function measure(server: ServerProcess, requests: readonly (readonly Buffer[])[]): Promise<Run> {
  const before = await server.usage();
  const result = await sendAll(server.port, requests);
  const after = await server.usage();
  return { ...result, cpuMicros: (after.cpuMicros - before.cpuMicros) / result.requests };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

const data = mkdtempSync(join(tmpdir(), 'sealpost-bench-'));
const deviceIds = Array.from({ length: connections }, (_, index) => `bench-${index}`);
const devices = await keysFromStore({ data }, deviceIds);
const sealpost = await ServerProcess.start('sealpost', data, profileDirectory);
const idle = await sealpost.usage();
const bare = await ServerProcess.start('bare-fastify', String(receiptBytes));
const runs: { sealpost: Run[]; batches: Run[]; bare: Run[] } = { sealpost: [], batches: [], bare: [] };
let sizes: BodySizes | undefined;
try {
  // The first round warms up and does not count.
  for (let round = 0; round <= repetitions; round += 1) {
    const prepared = await Promise.all(
      devices.map((device) => prepareDevice(sealpost.port, device, uploadsPerConnection)),
    );
    sizes = prepared[0]?.sizes;
    const plain = httpPost('/upload', 'application/proto', randomBytes(sizes?.uploadRequest ?? 0));
    const plainRequests = devices.map(() => Array.from({ length: uploadsPerConnection }, () => plain));
    const bareRun = await measure(bare, plainRequests);
    const sealpostRun = await measure(
      sealpost,
      prepared.map(({ requests }) => requests),
    );
    const batches = await Promise.all(
      devices.map((device) => prepareDevice(sealpost.port, device, batchesPerConnection, readingsPerBatch)),
    );
    const batchRun = await measure(
      sealpost,
      batches.map(({ requests }) => requests),
    );
    if (round === 0) continue;
    runs.batches.push(batchRun);
    runs.bare.push(bareRun);
    runs.sealpost.push(sealpostRun);
  }
  const loaded = await sealpost.usage();
  const row = (name: string, of: readonly Run[]) => [
    name,
    Math.round(median(of.map(({ requestsPerSecond }) => requestsPerSecond))).toLocaleString('en-US'),
    median(of.map(({ cpuMicros }) => cpuMicros)).toFixed(1),
    median(of.map(({ p50Milliseconds }) => p50Milliseconds)).toFixed(2),
    median(of.map(({ p99Milliseconds }) => p99Milliseconds)).toFixed(2),
  ];
  printTable(
    ['path', 'POSTs/s', 'CPU µs', 'p50 ms', 'p99 ms'],
    [
      row('bare Fastify POST', runs.bare),
      row('durable sealed upload, one reading', runs.sealpost),
      row(`the same, ${readingsPerBatch} readings`, runs.batches),
    ],
  );
  const ratios = runs.sealpost.map((run, index) => run.requestsPerSecond / (runs.bare[index]?.requestsPerSecond ?? 1));
  // Says the same on a machine that others use too, where a commit waits for their disk accesses.
  const cpuRatios = runs.sealpost.map((run, index) => (runs.bare[index]?.cpuMicros ?? 0) / run.cpuMicros);
  const readingsPerSecond = median(runs.batches.map(({ requestsPerSecond }) => requestsPerSecond * readingsPerBatch));
  printLines(
    '',
    `ratio of the two, median of ${repetitions}: ${median(ratios).toFixed(3)} (${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)})`,
    `the same of their CPU time: ${median(cpuRatios).toFixed(3)}`,
    `readings/s at ${readingsPerBatch} an upload: ${Math.round(readingsPerSecond).toLocaleString('en-US')}`,
    `bodies: handshake ${sizes?.handshakeRequest} + ${sizes?.handshakeResponse} bytes, upload of one full reading ${sizes?.uploadRequest} bytes`,
    `server's resident memory: ${Math.round(idle.rss / 2 ** 20)} MB idle, ${Math.round(loaded.rss / 2 ** 20)} MB after the load`,
  );
} finally {
  await Promise.all([sealpost.stop(), bare.stop()]);
  rmSync(data, { recursive: true, force: true });
}
