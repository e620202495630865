import { SealpostError } from '../errors.ts';
import type { Clock, Micros } from '../time.ts';

/** Others get so many times as long as readers. */
const othersShare = 4;
/** A step is meant to be shorter than this; what looks longer has waited for others. */
const longestStep: Micros = 20_000;
/** Who gets the turn back after less than this is alone. */
const idleTurn: Micros = 100;

export interface ReaderShareOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** So many steps may wait; 256 unless told. */
  readonly mostWaiting?: number;
  /** Lets everything else that waits have its turn. */
  readonly turn?: () => Promise<void>;
}

/**
 * Keeps readers to their share of the process, so that uploads go on however much is read. What takes long is done in
 * steps, one at a time; behind each one everything else may run for four times as long, unless there is nothing else.
 */
export class ReaderShare {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #mostWaiting: number;
  readonly #turn: () => Promise<void>;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor({ clock, mostWaiting, turn }: ReaderShareOptions) {
    this.#clock = clock;
    this.#mostWaiting = mostWaiting ?? 256;
    this.#turn = turn ?? (() => new Promise((resolve) => setImmediate(resolve)));
  }

  /** Does the step when its time has come, first come, first served. Rejects with `resource_exhausted` when too many wait. */
  step<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#waiting >= this.#mostWaiting) return Promise.reject(tooManyReaders());
    this.#waiting += 1;
    let begun = 0;
    const done = this.#last.then(() => {
      this.#waiting -= 1;
      begun = this.#clock.monotonic();
      return work();
    });
    const rest = () => this.#rest(this.#clock.monotonic() - begun);
    this.#last = done.then(rest, rest);
    return done;
  }

  async #rest(spent: Micros): Promise<void> {
    let now = this.#clock.monotonic();
    const end = now + Math.min(spent, longestStep) * othersShare;
    for (;;) {
      await this.#turn();
      const before = now;
      now = this.#clock.monotonic();
      if (now >= end || now - before < idleTurn) return;
    }
  }
}

function tooManyReaders(): SealpostError {
  return new SealpostError('resource_exhausted', 'too many read at once: try again in a second', {
    reason: 'too many readers wait',
    retryAfterSeconds: 1,
  });
}
