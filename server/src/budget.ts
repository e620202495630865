import type { Clock, Micros } from './time.ts';

export interface BudgetOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** How many at once. */
  readonly burst: number;
  /** One more in each such time. */
  readonly interval: Micros;
}

/** A token bucket that counts what it leaves out: so much of something may happen, whoever asks for it. */
export class Budget {
  readonly #options: BudgetOptions;
  #fullAt: Micros = 0;
  #leftOut = 0;

  constructor(options: BudgetOptions) {
    this.#options = options;
  }

  /** Undefined when nothing is left, else how many were left out since the last one. */
  take(): number | undefined {
    const { clock, burst, interval } = this.#options;
    const now = clock.monotonic();
    const fullAt = Math.max(this.#fullAt, now);
    if (fullAt - now > (burst - 1) * interval) {
      this.#leftOut += 1;
      return undefined;
    }
    this.#fullAt = fullAt + interval;
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    return leftOut;
  }
}
