import type { ProcessFigures, ServerFigures } from '../readers/metrics-figures.ts';
import type { ClockSighting } from '../readings/server-clock.ts';
import type { ServeOptions } from './serve.ts';

/** What a worker needs to begin. */
export interface WorkerStart {
  /** From 1 on; whoever takes the place of another one has its number. */
  readonly worker: number;
  readonly options: ServeOptions;
  /** The epoch of clock samples that began with the server, not with the worker. */
  readonly firstEpoch: number;
  /** The clock as the primary saw it last, so that all of them count the same steps. */
  readonly clock: ClockSighting;
}

/** What the primary tells a worker. */
export type Order =
  | { readonly type: 'start'; readonly start: WorkerStart }
  | { readonly type: 'listen' }
  | { readonly type: 'stop' }
  | { readonly type: 'say figures' }
  | { readonly type: 'server figures'; readonly figures: ServerFigures };

/** What a worker tells the primary. */
export type Report =
  | { readonly type: 'prepared' }
  | { readonly type: 'ready'; readonly addresses: readonly string[]; readonly port: number }
  | { readonly type: 'failed'; readonly sentence: string }
  | { readonly type: 'figures'; readonly figures: ProcessFigures }
  | { readonly type: 'ask server figures' };
