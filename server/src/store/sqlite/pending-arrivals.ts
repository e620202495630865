import type { Blocks } from './blocks.ts';

/** What is known of a boot's readings without reading them. */
export interface BootLog {
  readonly boot: number;
  /** The greatest sequence stored, 0 before the first. */
  greatest: number;
  /** Of each arrival that is not settled, in order: its number, first sequence, last sequence and count of readings. */
  pending: number[];
}

const pendingStride = 4;

/** A boot's arrivals that are not settled, but for the first `taken` of them. */
export function* pendingOf(
  { pending }: BootLog,
  taken = 0,
): Iterable<{ arrival: number; first: number; last: number; count: number }> {
  for (let index = taken * pendingStride; index < pending.length; index += pendingStride) {
    const [arrival = 0, first = 0, last = 0, count = 0] = pending.slice(index, index + pendingStride);
    yield { arrival, first, last, count };
  }
}

/** So many boots with nothing pending are remembered. */
const idleBoots = 10_000;

/**
 * What of the log of arrivals is pending, that is in no block yet, in memory: so an upload whose readings are new, as
 * nearly all are, asks the database for nothing, and a round of settling knows what there is to settle.
 */
export class PendingArrivals {
  readonly #blocks: Blocks;
  readonly #logs = new Map<number, BootLog>();
  #readings = 0;
  #boots = 0;

  constructor(blocks: Blocks) {
    this.#blocks = blocks;
  }

  /** How many readings are pending. */
  get readings(): number {
    return this.#readings;
  }

  /** How many boots have something pending. */
  get boots(): number {
    return this.#boots;
  }

  /** The boots with something pending: all of them are known, once the log was loaded. */
  *logs(): Iterable<BootLog> {
    for (const log of this.#logs.values()) if (log.pending.length > 0) yield log;
  }

  has(boot: number): boolean {
    return (this.#logs.get(boot)?.pending.length ?? 0) > 0;
  }

  of(boot: number): BootLog {
    const known = this.#logs.get(boot);
    if (known !== undefined) return known;
    if (this.#logs.size - this.#boots >= idleBoots) this.#forgetIdle();
    const log = { boot, greatest: this.#blocks.lastSequence(boot), pending: [] };
    this.#logs.set(boot, log);
    return log;
  }

  add(log: BootLog, arrival: number, first: number, last: number, count: number): void {
    if (log.pending.length > 0) log.pending.push(arrival, first, last, count);
    else {
      this.#boots += 1;
      // To push to an empty one would make room for 17: of a large fleet each has one arrival here.
      log.pending = [arrival, first, last, count];
    }
    log.greatest = Math.max(log.greatest, last);
    this.#readings += count;
  }

  /** The boot's last arrival was undone; `greatest` is what it was before. */
  takeBack(log: BootLog, greatest: number): void {
    this.#readings -= log.pending.at(-1) ?? 0;
    log.pending.length -= pendingStride;
    log.greatest = greatest;
    if (log.pending.length === 0) this.#boots -= 1;
  }

  /** A boot's arrivals up to this one are in blocks. */
  settle(log: BootLog, upTo: number): void {
    if (log.pending.length === 0) return;
    let settled = 0;
    for (; settled < log.pending.length && (log.pending[settled] ?? 0) <= upTo; settled += pendingStride) {
      this.#readings -= log.pending[settled + 3] ?? 0;
    }
    if (settled === 0) return;
    log.pending = log.pending.slice(settled);
    if (log.pending.length === 0) this.#boots -= 1;
  }

  /** The same of every boot. */
  settleAll(upTo: number): void {
    for (const log of this.#logs.values()) this.settle(log, upTo);
  }

  /** The boot has no readings any more. */
  forget(boot: number): void {
    const log = this.#logs.get(boot);
    if (log !== undefined) this.settle(log, Number.POSITIVE_INFINITY);
    this.#logs.delete(boot);
  }

  clear(): void {
    this.#logs.clear();
    this.#readings = 0;
    this.#boots = 0;
  }

  #forgetIdle(): void {
    for (const [boot, { pending }] of this.#logs) if (pending.length === 0) this.#logs.delete(boot);
  }
}
