import type { ArrivalLog } from './arrival-log.ts';
import { joinBlocks } from './block.ts';
import { type Blocks, greatestBlock } from './blocks.ts';
import { damagedBlock, storageFault } from './errors.ts';
import { type BootLog, pendingOf } from './pending-arrivals.ts';

/** So many readings wait in the log for each boot before a round begins, but never fewer than this or more than that. */
const readingsPerBoot = 64;
const leastRound = 512;
const greatestRound = 262_144;
/** What a commit moves at least while a round lasts, so that a round ends though nobody uploads much. */
const leastStep = 512;
/** Rows that a commit deletes, or more while more come. */
const deletedAtATime = 4_096;

/** A round: the boots that have something up to an arrival, and then the rows themselves. */
interface Round {
  readonly upTo: number;
  /** By their numbers: what is known of a boot may be learnt anew meanwhile. */
  readonly boots: readonly number[];
  /** The next of them. */
  next: number;
  /** The rows up to here are deleted; null until every boot is settled. */
  deleted: number | null;
}

/**
 * Moves readings from the log of arrivals into blocks, a step with each commit of uploads: no transaction of its own,
 * no timer. A device's readings of some time come to lie together so, with one page written for many of them, where each
 * had a page of its own when they were written there at once.
 */
export class Settling {
  readonly #log: ArrivalLog;
  readonly #blocks: Blocks;
  readonly #leastRound: number;
  readonly #readingsPerBoot: number;
  #round: Round | null = null;
  /** Commits without a step, after one whose transaction failed: the step may have been the reason. */
  #rest = 0;
  /** After the last step. */
  #pendingBefore = 0;
  /** Boots with damaged readings in the log, where they stay. */
  readonly #setAside = new Set<number>();
  readonly #onFault: (error: unknown) => void;

  /** `onFault` is told of a boot whose readings can't be settled. */
  constructor(log: ArrivalLog, blocks: Blocks, onFault: (error: unknown) => void, least = leastRound) {
    this.#log = log;
    this.#blocks = blocks;
    this.#onFault = onFault;
    this.#leastRound = least;
    this.#readingsPerBoot = Math.min(readingsPerBoot, least);
  }

  /** One step, the last thing inside a transaction. Call what it gives once that is committed. */
  step(): () => void {
    const done = this.#next(Math.max(0, this.#log.pending.readings - this.#pendingBefore));
    return () => {
      done();
      this.#pendingBefore = this.#log.pending.readings;
    };
  }

  #next(appended: number): () => void {
    if (this.#rest > 0) {
      this.#rest -= 1;
      return nothing;
    }
    const round = this.#round ?? this.#begin();
    if (round === null) return nothing;
    return round.next < round.boots.length ? this.#settle(round, appended) : this.#delete(round, appended);
  }

  /** A transaction with a step in it has failed. */
  failed(): void {
    this.#rest = 64;
  }

  #begin(): Round | null {
    const { pending } = this.#log;
    const wanted = Math.min(Math.max(this.#leastRound, this.#readingsPerBoot * pending.boots), greatestRound);
    if (pending.readings < wanted) return null;
    // In the order in which their blocks lie.
    const boots = Array.from(pending.logs(), ({ boot }) => boot)
      .filter((boot) => !this.#setAside.has(boot))
      .sort((one, other) => one - other);
    return { upTo: this.#log.last, boots, next: 0, deleted: null };
  }

  /** Twice as fast as readings come, so that the log does not grow meanwhile. */
  #settle(round: Round, appended: number): () => void {
    let left = Math.max(leastStep, 2 * appended);
    let { next } = round;
    let taken = 0;
    const settled: (() => void)[] = [];
    while (next < round.boots.length && left > 0) {
      const log = this.#log.pending.of(round.boots[next] ?? 0);
      const { arrivals, whole } = this.#nextBlock(log, round.upTo, taken);
      const last = arrivals.at(-1);
      if (last !== undefined) {
        left -= this.#move(log.boot, arrivals);
        settled.push(this.#log.settle(log, last));
      }
      taken = whole ? 0 : taken + arrivals.length;
      if (whole) next += 1;
    }
    return () => {
      for (const done of settled) done();
      round.next = next;
      // Not before: had its transaction failed, others would have got the numbers that it goes up to.
      this.#round = round;
    };
  }

  /** Gives the number of readings that were written for it. */
  #move(boot: number, arrivals: readonly number[]): number {
    try {
      const blocks = arrivals.flatMap((arrival) => this.#log.read(arrival) ?? []);
      return blocks.length === 0 ? 0 : this.#blocks.add(boot, joinBlocks(blocks));
    } catch (error) {
      if (storageFault(error) === undefined) {
        // It would fail each time, and nothing be settled any more. The round is begun without this boot.
        this.#setAside.add(boot);
        this.#round = null;
        this.#onFault(damagedBlock(boot, error));
      }
      throw error;
    }
  }

  #delete(round: Round, appended: number): () => void {
    const rows = Math.max(deletedAtATime, 2 * appended);
    const upTo = Math.min(round.upTo, this.#log.rowsBehind(round.deleted ?? 0, rows) ?? round.upTo);
    this.#log.deleteUpTo(upTo);
    return () => {
      round.deleted = upTo;
      if (upTo >= round.upTo) this.#round = null;
    };
  }

  /**
   * Pending arrivals of a boot behind the first `taken` ones, as many as make up a block, and whether that is all up to
   * `upTo`. One that came late goes by itself: each of its readings may have another block written again.
   */
  #nextBlock(log: BootLog, upTo: number, taken: number): { arrivals: number[]; whole: boolean } {
    const settled = this.#blocks.lastSequence(log.boot);
    const arrivals: number[] = [];
    let readings = 0;
    for (const { arrival, first, count } of pendingOf(log, taken)) {
      if (arrival > upTo) break;
      const isLate = first <= settled;
      if (arrivals.length > 0 && (isLate || readings + count > greatestBlock)) return { arrivals, whole: false };
      arrivals.push(arrival);
      if (isLate) return { arrivals, whole: false };
      readings += count;
    }
    return { arrivals, whole: true };
  }
}

function nothing(): void {}
