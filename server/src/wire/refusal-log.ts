import type { FastifyBaseLogger } from 'fastify';
import type { SealpostError } from '../errors.ts';
import { type Clock, type Micros, second } from '../time.ts';

const burst = 20;
const interval: Micros = 10 * second;

/**
 * Logs why a request was refused, 20 at once and then one in 10 s, with how many were left out: a stranger who sends
 * rubbish all day must not fill the disk.
 */
export class RefusalLog {
  readonly #log: FastifyBaseLogger;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #fullAt: Micros = 0;
  #leftOut = 0;

  constructor(log: FastifyBaseLogger, clock: Pick<Clock, 'monotonic'>) {
    this.#log = log;
    this.#clock = clock;
  }

  refused(call: string, remoteAddress: string, error: SealpostError): void {
    if (error.code === 'not_found') return;
    if (error.code === 'internal' || error.code === 'unavailable') {
      this.#say('error', { call, code: error.code, err: error.cause ?? error }, error.message);
    } else {
      this.#say('warn', { call, code: error.code, remoteAddress }, `refused: ${error.reason ?? error.message}`);
    }
  }

  #say(level: 'error' | 'warn', facts: Record<string, unknown>, sentence: string): void {
    const now = this.#clock.monotonic();
    const fullAt = Math.max(this.#fullAt, now);
    if (fullAt - now > (burst - 1) * interval) {
      this.#leftOut += 1;
      return;
    }
    this.#fullAt = fullAt + interval;
    const leftOut = this.#leftOut > 0 ? { leftOut: this.#leftOut } : undefined;
    this.#leftOut = 0;
    this.#log[level]({ ...facts, ...leftOut }, sentence);
  }
}
