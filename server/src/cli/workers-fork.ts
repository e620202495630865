import cluster, { type Worker } from 'node:cluster';
import { OperatorError } from '../errors.ts';
import type { Order, Report, WorkerStart } from './workers-messages.ts';

export type Ready = Extract<Report, { readonly type: 'ready' }>;

/** A worker's process, as the primary sees it. */
export class WorkerFork {
  /** When it takes connections. Rejects with an OperatorError when it ends before. */
  readonly ready: Promise<Ready>;
  /** How it ended: undefined when that was in order. */
  readonly ended: Promise<string | undefined>;
  readonly #process: Worker;

  constructor(start: WorkerStart) {
    this.#process = cluster.fork();
    const ready = Promise.withResolvers<Ready>();
    const ended = Promise.withResolvers<string | undefined>();
    this.ready = ready.promise;
    this.ended = ended.promise;
    this.#process.on('message', (report: Report) => {
      if (report.type === 'ready') ready.resolve(report);
      else ready.reject(new OperatorError(report.sentence));
    });
    this.#process.once('exit', (status: number | null, signal: string | null) => {
      const how = signal === null ? `ended with status ${status}` : `was ended by ${signal}`;
      ready.reject(new OperatorError(`worker ${start.worker} ${how} before it was ready`));
      ended.resolve(status === 0 ? undefined : how);
    });
    this.#tell({ type: 'start', start });
  }

  /** Has it take no more, answer what has arrived, commit, and end. */
  stop(): void {
    this.#tell({ type: 'stop' });
  }

  kill(): void {
    this.#process.process.kill('SIGKILL');
  }

  #tell(order: Order): void {
    // One that is gone hears nothing; its end says so.
    if (this.#process.isConnected()) this.#process.send(order, () => {});
  }
}
