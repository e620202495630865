import { setTimeout } from 'node:timers/promises';
import type { Micros } from '../time.ts';

/** Waiting, passed in so that a test's hour takes no time. */
export interface Scheduler {
  /** Resolves after `span`, or as soon as `signal` aborts. Never rejects. */
  wait(span: Micros, signal: AbortSignal): Promise<void>;
}

export const systemScheduler: Scheduler = {
  async wait(span, signal) {
    try {
      await setTimeout(span / 1000, undefined, { signal });
    } catch {
      // Aborted: the caller looks at its signal, so there is nothing more to say.
    }
  },
};
