import type { FastifyBaseLogger } from 'fastify';
import { Budget } from '../budget.ts';
import { type ErrorCode, errorCodes, type SealpostError } from '../errors.ts';
import { type Clock, second } from '../time.ts';

const lines = { burst: 20, interval: 10 * second } as const;

/**
 * Logs why a request was refused or failed: of each kind 20 at once and then one in 10 s, with how many were left out. A
 * stranger who sends rubbish all day must neither fill the disk nor hide that the store is down.
 */
export class RefusalLog {
  readonly #log: FastifyBaseLogger;
  readonly #refusals: Budget;
  readonly #faults: Budget;
  /** How many there were since the start, by code; what is not logged is in it too. */
  readonly counts: Record<ErrorCode, number>;

  constructor(log: FastifyBaseLogger, clock: Pick<Clock, 'monotonic'>) {
    this.#log = log;
    this.#refusals = new Budget({ clock, ...lines });
    this.#faults = new Budget({ clock, ...lines });
    this.counts = { ...noRefusals };
  }

  refused(call: string, remoteAddress: string, error: SealpostError): void {
    const { code } = error;
    this.counts[code] += 1;
    if (code === 'not_found' || error.routine) return;
    if (code === 'internal' || code === 'unavailable') {
      const leftOut = this.#faults.take();
      if (leftOut === undefined) return;
      this.#log.error({ call, code, ...known(leftOut), err: error.cause ?? error }, error.message);
    } else {
      const leftOut = this.#refusals.take();
      if (leftOut === undefined) return;
      this.#log.warn({ call, code, ...known(leftOut), remoteAddress }, `refused: ${error.reason ?? error.message}`);
    }
  }
}

const noRefusals = Object.fromEntries(Object.keys(errorCodes).map((code) => [code, 0])) as Record<ErrorCode, number>;

function known(leftOut: number): { readonly leftOut?: number } {
  return leftOut > 0 ? { leftOut } : {};
}
