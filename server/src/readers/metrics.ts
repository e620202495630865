import { Counter, Gauge, Registry } from 'prom-client';
import type { ProcessFigures, ServerFigures } from './metrics-figures.ts';

export type Kind = 'counter' | 'gauge';
export type Labels = Readonly<Record<string, string | number>>;

type ProcessMetric = readonly [name: string, kind: Kind, help: string, of: (figures: ProcessFigures) => number];

/** Names as Prometheus has them (prometheus.io/docs/practices/naming); the first five are those of its client libraries. */
const processMetrics: readonly ProcessMetric[] = [
  ['process_start_time_seconds', 'gauge', 'When the process started.', (of) => of.startedAt],
  ['process_cpu_seconds_total', 'counter', 'CPU time, user and system.', (of) => of.cpuSeconds],
  ['process_resident_memory_bytes', 'gauge', 'Memory.', (of) => of.residentBytes],
  ['nodejs_heap_size_used_bytes', 'gauge', 'Memory for JavaScript objects.', (of) => of.heapBytes],
  ['sealpost_busy_seconds_total', 'counter', 'Time in which the event loop was not idle.', (of) => of.busySeconds],
  ['sealpost_connections', 'gauge', 'Open connections.', (of) => of.connections],
  ['sealpost_sessions', 'gauge', "Devices' sessions in memory.", (of) => of.sessions],
  ['sealpost_watchers', 'gauge', 'Readers who are told of what arrives.', (of) => of.watchers],
  [
    'sealpost_clock_trusted',
    'gauge',
    "1 while the machine's clock can be right, 0 while no time is given.",
    (of) => Number(of.clockTrusted),
  ],
  ['sealpost_handshakes_total', 'counter', 'Handshakes accepted.', (of) => of.calls.handshakes],
  ['sealpost_uploads_total', 'counter', 'Uploads stored.', (of) => of.calls.uploads],
  ['sealpost_clock_reports_total', 'counter', 'Clock reports answered.', (of) => of.calls.clockReports],
  ['sealpost_readings_stored_total', 'counter', 'Readings that were new.', (of) => of.calls.storedReadings],
  [
    'sealpost_readings_duplicate_total',
    'counter',
    'Readings that were there already.',
    (of) => of.calls.duplicateReadings,
  ],
  [
    'sealpost_sensors_refused_total',
    'counter',
    'Sensor messages stored as absent, for a value that its data sheet rules out.',
    (of) => of.calls.refusedSensors,
  ],
  ['sealpost_writes_waiting', 'gauge', 'Writes that wait for their commit.', (of) => of.store.waitingWrites],
  ['sealpost_commits_total', 'counter', 'Commits.', (of) => of.store.commits],
  ['sealpost_commit_seconds_total', 'counter', 'Time in commits.', (of) => of.store.commitSeconds],
  ['sealpost_committed_writes_total', 'counter', 'Writes in commits.', (of) => of.store.committedWrites],
  ['sealpost_commits_failed_total', 'counter', 'Commits that stored nothing.', (of) => of.store.failedCommits],
];

/** Metrics on their way to one answer. The registry is made anew for each: a device that is gone leaves nothing behind. */
export class Metrics {
  readonly #registry = new Registry();
  /** Of the text. */
  readonly contentType = this.#registry.contentType;

  /** The health of the server, by process: a sum would fall when a worker is replaced, and rates would be wrong. */
  addServer({ processes, replacedWorkers }: ServerFigures): void {
    for (const [name, kind, help, of] of processMetrics) {
      const metric = this.add(name, kind, help, 'worker');
      for (const { worker, figures } of processes) metric(of(figures), worker === undefined ? {} : { worker });
    }
    const refused = this.add('sealpost_refused_total', 'counter', 'Requests refused, by code.', 'worker', 'code');
    for (const { worker, figures } of processes) {
      for (const [code, count] of Object.entries(figures.refusals)) {
        refused(count, worker === undefined ? { code } : { worker, code });
      }
    }
    // Each process sees the one store.
    const unsettled = this.add('sealpost_readings_unsettled', 'gauge', 'Readings as they arrived, not in order yet.');
    unsettled(Math.max(...processes.map(({ figures }) => figures.store.unsettledReadings)), {});
    if (replacedWorkers === undefined) return;
    const help = 'Workers that took the place of one that had ended.';
    this.add('sealpost_workers_replaced_total', 'counter', help)(replacedWorkers, {});
  }

  /** A new metric; call what it gives for each of its values. */
  add(name: string, kind: Kind, help: string, ...labelNames: string[]) {
    const options = { name, help, labelNames, registers: [this.#registry] };
    if (kind === 'gauge') {
      const gauge = new Gauge(options);
      return (value: number, labels: Labels) => gauge.set(labels, value);
    }
    const counter = new Counter(options);
    return (value: number, labels: Labels) => counter.inc(labels, value);
  }

  /** In Prometheus's text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
