import type { ErrorCode } from '../errors.ts';
import type { CallCounts } from '../ingest/call-counts.ts';
import type { StoreFigures } from '../store/store.ts';

/** What one process of the server says of itself: plain numbers, so that workers can send it to one another. */
export interface ProcessFigures {
  /** Seconds of the Unix epoch. */
  readonly startedAt: number;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
  /** For so long the event loop was not idle. */
  readonly busySeconds: number;
  readonly connections: number;
  readonly sessions: number;
  readonly watchers: number;
  readonly clockTrusted: boolean;
  readonly calls: Readonly<CallCounts>;
  readonly refusals: Readonly<Record<ErrorCode, number>>;
  readonly store: StoreFigures;
}

/** The figures of all processes of the server that have answered in time. */
export interface ServerFigures {
  readonly processes: readonly {
    /** Absent when there is one process only. */
    readonly worker?: number;
    readonly figures: ProcessFigures;
  }[];
  /** Workers that took the place of one that had ended; absent when there is one process only. */
  readonly replacedWorkers?: number;
}

const startedAt = (Date.now() - performance.now()) / 1000;

/** What Node.js says of this process. */
export function nodeFigures(): Pick<
  ProcessFigures,
  'startedAt' | 'cpuSeconds' | 'residentBytes' | 'heapBytes' | 'busySeconds'
> {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    startedAt,
    cpuSeconds: (user + system) / 1e6,
    residentBytes: rss,
    heapBytes: heapUsed,
    busySeconds: performance.eventLoopUtilization().active / 1000,
  };
}
