import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** A checkpoint follows so many pages of log, about 4 MB: what many commits change is written back once. */
const pagesOfLog = 1_000;
const pageBytes = 4_096;
/** What a commit writes beside its readings: the end of the log of arrivals, and the page above it. */
const pagesOfACommit = 2;
/**
 * The log begins afresh only when all of it has been copied, and while commits go on a thread is always a little behind.
 * So a commit that makes it this long copies the rest, in SQLite's own way. About 32 MB.
 */
export const longestLog = 8_000;

/**
 * Copies the write-ahead log into the database on a thread of its own. SQLite would do it inside the commit that makes
 * the log long: that writes thousands of pages and syncs twice, 40 ms on a good disk, and nobody is answered meanwhile. A
 * passive checkpoint is in nobody's way (sqlite.org/c3ref/wal_checkpoint_v2.html). The thread begins when it is first
 * needed, which a server with a few devices reaches after hours.
 */
export class Checkpoints {
  readonly #path: string;
  readonly #onFault: (error: unknown) => void;
  #thread: Worker | undefined;
  #pages = 0;
  #running = false;

  constructor(path: string, onFault: (error: unknown) => void) {
    this.#path = path;
    this.#onFault = onFault;
  }

  /** A commit has added so many bytes of readings; about as many are settled with it. */
  committed(bytes: number): void {
    this.#pages += pagesOfACommit + (2 * bytes) / pageBytes;
    if (this.#pages < pagesOfLog || this.#running) return;
    this.#pages = 0;
    this.#running = true;
    this.#thread ??= this.#begin();
    this.#thread.postMessage('checkpoint');
  }

  async close(): Promise<void> {
    const thread = this.#thread;
    if (thread === undefined) return;
    this.#thread = undefined;
    const ended = once(thread, 'exit');
    // Who waits for the store to close may have nothing else to wait for.
    thread.ref();
    thread.postMessage('end');
    await ended;
  }

  #begin(): Worker {
    const thread = new Worker(new URL('./checkpoint-thread.ts', import.meta.url), { workerData: this.#path });
    thread.on('message', () => {
      this.#running = false;
    });
    // SQLite's own checkpoint inside a commit, at a longer log, takes its place.
    thread.on('error', (error) => {
      this.#thread = undefined;
      this.#running = false;
      this.#onFault(error);
    });
    thread.unref();
    return thread;
  }
}
