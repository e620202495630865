import cluster, { type Worker } from 'node:cluster';
import { OperatorError } from '../errors.ts';
import type { ProcessFigures, ServerFigures } from '../readers/metrics-figures.ts';
import { Answers } from './workers-answers.ts';
import type { Order, Report, WorkerStart } from './workers-messages.ts';

export type Ready = Extract<Report, { readonly type: 'ready' }>;

/** A worker is busy for this long now and then; whoever looks after the server should not have to wait for one that hangs. */
const longestAnswerMilliseconds = 1000;

/** A worker's process, as the primary sees it. */
export class WorkerFork {
  readonly worker: number;
  /** When it could listen. Rejects with an OperatorError when it ends before. */
  readonly prepared: Promise<void>;
  /** How it ended: undefined when that was in order. */
  readonly ended: Promise<string | undefined>;
  readonly #process: Worker;
  readonly #ready = Promise.withResolvers<Ready>();
  readonly #figures = new Answers<ProcessFigures>();

  /** `serverFigures`: those of all workers, which this one may ask for. */
  constructor(start: WorkerStart, serverFigures: () => Promise<ServerFigures>) {
    const { worker } = start;
    this.worker = worker;
    this.#process = cluster.fork();
    const prepared = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<string | undefined>();
    this.prepared = prepared.promise;
    this.ended = ended.promise;
    const failed = (error: OperatorError) => {
      prepared.reject(error);
      this.#ready.reject(error);
    };
    // Whoever has it listen hears of that.
    this.#ready.promise.catch(() => {});
    this.#process.on('message', async (report: Report) => {
      if (report.type === 'prepared') prepared.resolve();
      else if (report.type === 'ready') this.#ready.resolve(report);
      else if (report.type === 'failed') failed(new OperatorError(report.sentence));
      else if (report.type === 'figures') this.#figures.take(report.figures);
      else this.#tell({ type: 'server figures', figures: await serverFigures() });
    });
    this.#process.once('exit', (status: number | null, signal: string | null) => {
      const how = signal === null ? `ended with status ${status}` : `was ended by ${signal}`;
      failed(new OperatorError(`worker ${worker} ${how} before it was ready`));
      ended.resolve(status === 0 ? undefined : how);
    });
    this.#tell({ type: 'start', start });
  }

  /** Resolves when it takes connections. Rejects with an OperatorError when it can't. */
  listen(): Promise<Ready> {
    this.#tell({ type: 'listen' });
    return this.#ready.promise;
  }

  /** What it says of itself; undefined when it does not answer in time. */
  figures(): Promise<ProcessFigures | undefined> {
    this.#tell({ type: 'say figures' });
    return this.#figures.next(longestAnswerMilliseconds);
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
