import { type Micros, second, systemClock } from '../time.ts';

/** npm passes Ctrl-C on to a program that the terminal has told already: what comes within this asks no second time. */
const echo: Micros = second / 2;

/** Resolves at the first Ctrl-C or TERM. A second one ends the process at once, for whoever can't wait. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    let askedAt: Micros | undefined;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        const now = systemClock.monotonic();
        askedAt ??= now;
        if (now - askedAt > echo) process.exit(130);
        resolve();
      });
    }
  });
}
