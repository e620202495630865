import { medianOf } from './median.ts';
import type { Curves, Results, TableRow } from './results.ts';

export interface Goal {
  readonly what: string;
  readonly goal: string;
  /** Words with the figure; null: not measured in this run. */
  readonly measured: string | null;
  readonly reached: boolean;
}

/** What the server is held to, against what was measured. */
export function goalsOf({ table = [], curves = {} }: Pick<Results, 'table' | 'curves'>): Goal[] {
  const upload = rowOf(table, 'sealpost: upload of one reading');
  const batch = rowOf(table, 'sealpost: upload of 64 readings');
  return [
    ratioGoal('uploads/s, one core, to bare Fastify POST', 0.52, upload, rowOf(table, 'bare Fastify')),
    atLeast('readings/s at 64 a batch, one core', 300_000, batch && batch.requestsPerSecond * 64),
    atMost('CPU time an upload, two workers to one', 1.15, workersRatio(curves)),
    ratioGoal('upload to Flask, same core', 12, upload, rowOf(table, 'Flask, gunicorn, SQLite')),
    ratioGoal(
      'upload to InfluxDB 1.x without encryption, same core',
      1.5,
      upload,
      rowOf(table, 'InfluxDB 1.x, one core'),
    ),
    atMost('bytes of memory a session', 400, curves.sessions?.at(-1)?.bytesPerSession, ofSessions(curves)),
    atMost('GET /sensor, largest store to smallest', 1.2, storeRatio(curves), ofStores(curves)),
    ...restartGoals(curves),
    atMost('p99 of an upload at half of the peak, ms', 10, curves.pace?.p99Milliseconds),
    atMost('bytes on disk a reading, indexes in', 160, bytesKept(curves), ofStores(curves)),
    ...slowDiskGoals(curves),
    ...(curves.readers ?? []).map(({ readers, ratio }) => atLeast('uploads/s beside readers', 0.8, ratio, readers)),
  ];
}

function rowOf(table: readonly TableRow[], name: string): TableRow | undefined {
  return table.find((row) => row.name === name);
}

/** Of requests a second, round by round: both met the same noise in a round. */
function ratioGoal(what: string, least: number, row: TableRow | undefined, to: TableRow | undefined): Goal {
  if (!row || !to) return atLeast(what, least, undefined);
  const ratio = medianOf(row.rounds.map((requestsPerSecond, round) => requestsPerSecond / (to.rounds[round] ?? 0)));
  // Says the same on a machine that others use too, but for waiting for the disk.
  const ofCpu = to.cpuMicrosPerRequest / row.cpuMicrosPerRequest;
  return atLeast(what, least, ratio, `${figure(ofCpu)} by CPU time`);
}

function workersRatio({ workers = [] }: Curves): number | undefined {
  const [one, two] = [1, 2].map((count) => workers.find((point) => point.workers === count));
  return one && two && two.cpuMicrosPerUpload / one.cpuMicrosPerUpload;
}

function storeRatio({ stores = [] }: Curves): number | undefined {
  const [smallest, largest] = [stores[0], stores.at(-1)];
  return smallest && largest && largest !== smallest
    ? largest.sensorMilliseconds / smallest.sensorMilliseconds
    : undefined;
}

function bytesKept({ stores = [] }: Curves): number | undefined {
  const largest = stores.at(-1);
  return largest && largest.fileBytes / largest.readings;
}

function restartGoals({ restarts = [] }: Curves): Goal[] {
  const restart = restarts.at(-1);
  const of = restart && `${figure(restart.handshakes)} over ${figure(restart.connections)} connections`;
  return [
    atMost('seconds for 10,000 handshakes after a restart', 4, restart?.seconds, of),
    atMost('p99 of other calls during those, ms', 100, restart?.othersP99Milliseconds, of),
  ];
}

/** With so slow a sync each connection gets one upload in a commit, so a commit and the work for it are the limit. */
function slowDiskGoals({ slowDisk }: Curves): Goal[] {
  let ofLimit: number | undefined;
  if (slowDisk) {
    const { connections, syncMilliseconds, fastCpuMicrosPerUpload, uploadsPerSecond } = slowDisk;
    const limit = connections / (syncMilliseconds / 1000 + (connections * fastCpuMicrosPerUpload) / 1e6);
    ofLimit = uploadsPerSecond / limit;
  }
  return [
    atLeast('uploads/s with a sync of 20 ms, of what 64 a commit allow', 0.9, ofLimit),
    atMost('p99 of other calls with that sync, ms', 10, slowDisk?.othersP99Milliseconds),
  ];
}

const ofSessions = ({ sessions }: Curves) => sessions?.length && `${figure(sessions.at(-1)?.sessions ?? 0)} sessions`;
const ofStores = ({ stores }: Curves) => stores?.length && `${figure(stores.at(-1)?.readings ?? 0)} readings`;

function atLeast(what: string, least: number, value: number | undefined, of?: string | 0): Goal {
  return goal(what, `at least ${figure(least)}`, value, of, value !== undefined && value >= least);
}

function atMost(what: string, most: number, value: number | undefined, of?: string | 0): Goal {
  return goal(what, `at most ${figure(most)}`, value, of, value !== undefined && value <= most);
}

function goal(what: string, text: string, value: number | undefined, of: string | 0 | undefined, reached: boolean) {
  const measured = value === undefined ? null : `${figure(value)}${of ? ` (${of})` : ''}`;
  return { what, goal: text, measured, reached };
}

/** Three digits that count. */
export function figure(value: number): string {
  const digits = value >= 100 || Number.isInteger(value) ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
