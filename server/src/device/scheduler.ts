import { setTimeout } from 'node:timers/promises';
import { type Clock, type Micros, minute } from '../time.ts';

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

/** Runs `job` now and then by the beat, until `signal` aborts. A new interval holds within a minute at most. */
export async function every(
  interval: () => Micros,
  job: () => void,
  { clock, scheduler }: { readonly clock: Clock; readonly scheduler: Scheduler },
  signal: AbortSignal,
): Promise<void> {
  for (let last = clock.monotonic() - interval(); !signal.aborted; ) {
    const left = last + interval() - clock.monotonic();
    if (left > 0) {
      await scheduler.wait(Math.min(left, minute), signal);
      continue;
    }
    job();
    // On the beat, unless more than one was missed: those are not made up for.
    last = left > -interval() ? clock.monotonic() + left : clock.monotonic();
  }
}
