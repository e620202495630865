import cluster from 'node:cluster';
import { extname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { FastifyBaseLogger } from 'fastify';
import type { ServerFigures } from '../readers/metrics-figures.ts';
import { ServerClock } from '../readings/server-clock.ts';
import { acquireServerLock } from '../store/sqlite/server-lock.ts';
import { type Micros, second, systemClock } from '../time.ts';
import type { ServeOptions, Serving } from './serve.ts';
import { withStore } from './with-store.ts';
import { ReplacementBackOff } from './workers-back-off.ts';
import { type Ready, WorkerFork } from './workers-fork.ts';

/** Starts the workers. This process, the primary, holds the data directory's lock and the port; it answers nothing. */
export async function startWorkers(options: ServeOptions, logger: FastifyBaseLogger): Promise<Serving> {
  const lock = acquireServerLock(options.data);
  try {
    // Migrations and the master key are made here, once.
    const { firstEpoch, anyDevice } = await withStore(options, async (store) => ({
      firstEpoch: store.clockEpoch(),
      anyDevice: (await store.countDevices()) > 0,
    }));
    const workers = new Workers(options, firstEpoch, logger);
    const { addresses, port } = await workers.start();
    const close = async () => {
      await workers.stop();
      lock.release();
    };
    return { addresses, port, anyDevice, close };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Worker processes, each replaced when it ends. node:cluster gives them the port's connections in turn. */
class Workers {
  readonly #options: ServeOptions;
  readonly #firstEpoch: number;
  readonly #logger: FastifyBaseLogger;
  readonly #clock: ServerClock;
  readonly #watch: NodeJS.Timeout;
  readonly #forks = new Set<WorkerFork>();
  readonly #stop = new AbortController();
  #replaced = 0;

  constructor(options: ServeOptions, firstEpoch: number, logger: FastifyBaseLogger) {
    this.#options = options;
    this.#firstEpoch = firstEpoch;
    this.#logger = logger;
    // What it makes of the clock each worker says by itself.
    this.#clock = new ServerClock({ clock: systemClock, floor: 0, epoch: firstEpoch, onChange: () => {} });
    this.#watch = setInterval(() => this.#clock.now(), 1000);
    const program = new URL(`./workers-process${extname(import.meta.filename)}`, import.meta.url);
    cluster.setupPrimary({ exec: fileURLToPath(program), args: [] });
    // Whatever ends this process, no worker is left behind.
    process.once('exit', () => {
      for (const fork of this.#forks) fork.kill();
    });
  }

  /** Resolves when all of them take connections. Rejects with an OperatorError, and none is left, when one can't. */
  async start(): Promise<Ready> {
    try {
      const first = this.#fork(1);
      // Alone: what keeps it from starting would keep all of them.
      await first.prepared;
      const others = Array.from({ length: this.#options.workers - 1 }, (_, index) => this.#fork(index + 2));
      await Promise.all(others.map((fork) => fork.prepared));
      // Together: those who connect as soon as one listens would all stay with that one.
      const [ready] = await Promise.all([first.listen(), ...others.map((fork) => fork.listen())]);
      for (const fork of this.#forks) void this.#keep(fork);
      return ready;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Has each of them take no more, answer what has arrived, commit, and end. */
  async stop(): Promise<void> {
    this.#stop.abort();
    clearInterval(this.#watch);
    const ends = Array.from(this.#forks, (fork) => fork.ended);
    for (const fork of this.#forks) fork.stop();
    await Promise.all(ends);
  }

  /** Replaces a worker each time it ends, until all are stopped. */
  async #keep(first: WorkerFork): Promise<void> {
    const { worker } = first;
    const backOff = new ReplacementBackOff();
    let fork = first;
    for (;;) {
      const born = systemClock.monotonic();
      const how = await fork.ended;
      const lived = systemClock.monotonic() - born;
      if (this.#stop.signal.aborted) {
        if (how !== undefined) this.#logger.error({ worker }, `${how} before it was done`);
        return;
      }
      const wait = backOff.after(lived);
      const when = wait === 0 ? '' : ` in ${wait / second} s`;
      this.#logger.error({ worker }, `${how ?? 'ended'}: another one takes its place${when}`);
      if (!(await this.#waited(wait))) return;
      this.#replaced += 1;
      const next = this.#fork(worker);
      const begun = next.prepared.then(() => next.listen());
      fork = next;
      begun.catch((error: Error) => this.#logger.error({ worker }, error.message));
    }
  }

  #fork(worker: number): WorkerFork {
    const start = { worker, options: this.#options, firstEpoch: this.#firstEpoch, clock: this.#clock.sighting() };
    const fork = new WorkerFork(start, () => this.#figures());
    this.#forks.add(fork);
    void fork.ended.then(() => this.#forks.delete(fork));
    return fork;
  }

  async #figures(): Promise<ServerFigures> {
    const asked = Array.from(this.#forks, async (fork) => ({ worker: fork.worker, figures: await fork.figures() }));
    const processes = (await Promise.all(asked)).flatMap(({ worker, figures }) =>
      figures === undefined ? [] : [{ worker, figures }],
    );
    return { processes, replacedWorkers: this.#replaced };
  }

  /** False when all are stopped before the wait is over. */
  async #waited(wait: Micros): Promise<boolean> {
    await setTimeout(wait / 1000, undefined, { signal: this.#stop.signal }).catch(() => {});
    return !this.#stop.signal.aborted;
  }
}
