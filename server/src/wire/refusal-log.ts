import type { FastifyBaseLogger } from 'fastify';
import type { SealpostError } from '../errors.ts';
import { type Clock, type Micros, second } from '../time.ts';

const burst = 20;
const interval: Micros = 10 * second;

/**
 * Logs why a request was refused or failed: of each kind 20 at once and then one in 10 s, with how many were left out. A
 * stranger who sends rubbish all day must neither fill the disk nor hide that the store is down.
 */
export class RefusalLog {
  readonly #log: FastifyBaseLogger;
  readonly #refusals: Budget;
  readonly #faults: Budget;

  constructor(log: FastifyBaseLogger, clock: Pick<Clock, 'monotonic'>) {
    this.#log = log;
    this.#refusals = new Budget(clock);
    this.#faults = new Budget(clock);
  }

  refused(call: string, remoteAddress: string, error: SealpostError): void {
    const { code } = error;
    if (code === 'not_found') return;
    if (code === 'internal' || code === 'unavailable') {
      const leftOut = this.#faults.take();
      if (leftOut) this.#log.error({ call, code, ...leftOut, err: error.cause ?? error }, error.message);
    } else {
      const leftOut = this.#refusals.take();
      if (leftOut)
        this.#log.warn({ call, code, ...leftOut, remoteAddress }, `refused: ${error.reason ?? error.message}`);
    }
  }
}

/** A token bucket of log lines. */
class Budget {
  readonly #clock: Pick<Clock, 'monotonic'>;
  #fullAt: Micros = 0;
  #leftOut = 0;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Undefined when there is no line left, else what to say of the lines left out since the last one. */
  take(): { readonly leftOut?: number } | undefined {
    const now = this.#clock.monotonic();
    const fullAt = Math.max(this.#fullAt, now);
    if (fullAt - now > (burst - 1) * interval) {
      this.#leftOut += 1;
      return undefined;
    }
    this.#fullAt = fullAt + interval;
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    return leftOut > 0 ? { leftOut } : {};
  }
}
