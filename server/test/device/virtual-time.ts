import { setImmediate } from 'node:timers/promises';
import type { Scheduler } from '../../src/device/scheduler.ts';
import type { Clock, Micros } from '../../src/time.ts';

interface Waiter {
  readonly due: Micros;
  readonly resolve: () => void;
}

/** Both clocks and the scheduler of a test. Time stands still but in `advance`. */
export class VirtualTime implements Clock, Scheduler {
  readonly #wallStart: Micros;
  #now: Micros = 0;
  #waiters: Waiter[] = [];

  constructor(wallStart: Micros = Date.UTC(2026, 10, 22, 12) * 1000) {
    this.#wallStart = wallStart;
  }

  readonly monotonic = (): Micros => this.#now;
  readonly wall = (): Micros => this.#wallStart + this.#now;

  wait(span: Micros, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const waiter = { due: this.#now + span, resolve };
      this.#waiters.push(waiter);
      signal?.addEventListener('abort', () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        resolve();
      });
    });
  }

  /** Lets `span` pass, waking each waiter in its turn and letting it finish what it then does. */
  async advance(span: Micros): Promise<void> {
    const end = this.#now + span;
    for (;;) {
      await settle();
      const next = this.#waiters.toSorted((left, right) => left.due - right.due)[0];
      if (!next || next.due > end) break;
      this.#waiters = this.#waiters.filter((waiter) => waiter !== next);
      this.#now = Math.max(this.#now, next.due);
      next.resolve();
    }
    this.#now = end;
  }
}

/** Everything in these tests runs in promises, and no macrotask comes before they have all run dry. */
async function settle(): Promise<void> {
  await setImmediate();
}
