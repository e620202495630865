import { type Micros, minute, second } from '../time.ts';

/** How a device treats errors, which anyone on its network can forge: docs/protocol-v1.md, section 9. */

const firstBound = second;
const greatestBound = minute;
const greatestRetryAfter = 5 * minute;

/**
 * Exponential back-off with full jitter: each wait is a random part of a bound that doubles with every failure, from
 * 1 s to 1 minute, so that devices that lost their server together don't return to it together.
 */
export class BackOff {
  readonly #random: () => number;
  #bound = firstBound;

  /** `random` gives numbers from 0 up to, but not, 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** How long to wait after one more failure: as long as Retry-After asks, though never more than 5 minutes for it. */
  afterFailure(retryAfter: Micros = 0): Micros {
    const jittered = Math.floor(this.#random() * this.#bound);
    this.#bound = Math.min(2 * this.#bound, greatestBound);
    return Math.max(jittered, Math.min(retryAfter, greatestRetryAfter));
  }

  /** A sealed answer has verified. */
  afterSuccess(): void {
    this.#bound = firstBound;
  }
}

const leastBetweenHandshakes = 2 * second;

/** At most one handshake in 2 s, however often the device is told to make one. */
export class HandshakePace {
  #last: Micros | undefined;

  /** How long the next handshake has to wait. */
  wait(now: Micros): Micros {
    return this.#last === undefined ? 0 : Math.max(0, this.#last + leastBetweenHandshakes - now);
  }

  /** A handshake begins. */
  begin(now: Micros): void {
    this.#last = now;
  }
}
