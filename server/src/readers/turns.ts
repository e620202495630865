import { SealpostError } from '../errors.ts';

/** Lets one piece of work run at a time, and a bounded number wait, first come, first served. */
export class Turns {
  readonly #most: number;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(most: number) {
    this.#most = most;
  }

  /** Runs the work when its turn has come. Rejects with `resource_exhausted` when too many wait. */
  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#waiting >= this.#most) {
      throw new SealpostError('resource_exhausted', 'too many ask for aggregates at once: try again in a second', {
        reason: 'too many aggregates wait',
        retryAfterSeconds: 1,
      });
    }
    this.#waiting += 1;
    const before = this.#last;
    const mine = before.then(work);
    this.#last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      this.#waiting -= 1;
    }
  }
}
