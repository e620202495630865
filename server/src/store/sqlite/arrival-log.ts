import type { Micros } from '../../time.ts';
import { Block, readingBytes } from './block.ts';
import type { Blocks } from './blocks.ts';
import type { Boots } from './boots.ts';
import type { Connection } from './connection.ts';
import { type BootLog, PendingArrivals, pendingOf } from './pending-arrivals.ts';

/** One row of the log: what was new in a batch. */
export interface LoggedArrival {
  readonly arrival: number;
  readonly boot: number;
  /** null: it has just been removed. */
  readonly device: number | null;
  readonly readings: Uint8Array;
}

export type ArrivalVisitor = (row: LoggedArrival, block: Block) => void;

/** Rows in which the greatest time of receipt is looked for. */
const newestRows = 64;
/** More arrivals than can be committed and not yet on the disk, in all processes. */
const numbersAtRisk = 1_000_000;

/**
 * The log of arrivals: each batch is one row behind the last one, whoever sent it. So a commit for many devices writes
 * pages that lie side by side, and what came last from all of them is at the log's end. Settling moves the readings to
 * blocks later; which rows of a boot have been moved, the boot's row says. What is pending is known in memory too.
 */
export class ArrivalLog {
  readonly #connection: Connection;
  readonly #boots: Boots;
  /** Kept up with this process's commits as they are made and undone, with other processes' by reading the log's end. */
  readonly pending: PendingArrivals;
  #first = 0;
  #last = 0;
  /** Written to the log since the start, by any process, also what was undone: for whoever wants to know the pace. */
  addedBytes = 0;
  readonly #insert;
  readonly #read;
  readonly #update;
  readonly #unsettled;
  readonly #since;
  readonly #sinceOf;
  readonly #ends;
  readonly #settled;
  readonly #setSettled;
  readonly #rememberLast;
  readonly #deleteUpTo;
  readonly #deleteOf;
  readonly #bytesOf;
  readonly #nthBehind;
  readonly #newest;

  constructor(connection: Connection, blocks: Blocks, boots: Boots) {
    this.#connection = connection;
    this.#boots = boots;
    this.pending = new PendingArrivals(blocks);
    this.#insert = connection.run('INSERT INTO arrivals (arrival, boot, readings) VALUES (?, ?, ?)');
    this.#read = connection.one<{ readings: Uint8Array }>('SELECT readings FROM arrivals WHERE arrival = ?');
    this.#update = connection.run('UPDATE arrivals SET readings = ? WHERE arrival = ?');
    this.#unsettled = connection.each<LoggedArrival>(`
      SELECT arrival, boot, device, readings FROM arrivals JOIN boots USING (boot)
      WHERE arrival > settled_arrival ORDER BY arrival`);
    this.#since = connection.all<LoggedArrival>(`
      SELECT arrival, boot, device, readings FROM arrivals LEFT JOIN boots USING (boot)
      WHERE arrival > ? ORDER BY arrival LIMIT ?`);
    this.#sinceOf = connection.all<LoggedArrival>(`
      SELECT arrival, boot, ?2 AS device, readings FROM arrivals
      WHERE arrival > ?1 AND boot IN (SELECT boot FROM boots WHERE device = ?2) ORDER BY arrival LIMIT ?3`);
    this.#ends = connection.one<{ first: number | null; last: number }>(`
      SELECT (SELECT min(arrival) FROM arrivals) AS first,
        max(ifnull((SELECT max(arrival) FROM arrivals), 0), last_arrival) AS last FROM settings`);
    this.#settled = connection.one<{ settled_arrival: number }>('SELECT settled_arrival FROM boots WHERE boot = ?');
    this.#setSettled = connection.run('UPDATE boots SET settled_arrival = max(settled_arrival, ?) WHERE boot = ?');
    this.#rememberLast = connection.run('UPDATE settings SET last_arrival = max(last_arrival, ?)');
    // The boot's own row is the witness, whatever memory takes for settled: what goes here is nowhere else.
    this.#deleteUpTo = connection.run(`
      DELETE FROM arrivals WHERE arrival <= ? AND arrival <= ifnull(
        (SELECT settled_arrival FROM boots WHERE boots.boot = arrivals.boot), arrival)`);
    this.#nthBehind = connection.one<{ arrival: number }>(
      'SELECT arrival FROM arrivals WHERE arrival > ? ORDER BY arrival LIMIT 1 OFFSET ?',
    );
    // Both go over the log once, however many boots the device has.
    this.#deleteOf = connection.run('DELETE FROM arrivals WHERE +boot IN (SELECT boot FROM boots WHERE device = ?)');
    this.#bytesOf = connection.one<{ bytes: number }>(`
      SELECT ifnull(sum(length(readings)), 0) AS bytes FROM arrivals CROSS JOIN boots USING (boot)
      WHERE device = ? AND arrival > settled_arrival`);
    this.#newest = connection.all<{ readings: Uint8Array }>(
      `SELECT readings FROM arrivals ORDER BY arrival DESC LIMIT ${newestRows}`,
    );
  }

  /** Learns anew what the log holds; gives each row to `visit`. */
  load(visit: ArrivalVisitor): void {
    this.pending.clear();
    const { first, last } = this.#ends() ?? { first: null, last: 0 };
    this.#first = first ?? 0;
    for (const row of this.#unsettled()) this.#learn(row, visit);
    this.#last = last;
  }

  /**
   * Another process has committed: learns what it has added, and gives that to `visit`. Says whether there was anything.
   */
  catchUp(visit: ArrivalVisitor): boolean {
    const { first, last } = this.#ends() ?? { first: null, last: 0 };
    const added = this.#since(this.#last, -1);
    for (const row of added) {
      this.addedBytes += row.readings.byteLength;
      this.#learn(row, visit);
    }
    this.#last = Math.max(this.#last, last);
    // What is no longer in the log was settled there; not every boot is asked of, and so brought up to that, soon.
    if (first !== null && first > this.#first) this.pending.settleAll(first - 1);
    this.#first = first ?? this.#first;
    return added.length > 0;
  }

  /** When what came last was received: the greatest time among the newest rows. */
  lastReceivedAt(): Micros | null {
    let greatest: Micros | null = null;
    for (const { readings } of this.#newest()) {
      const receivedAt = new Block(readings).receivedAts[0] ?? Number.NaN;
      if (receivedAt > (greatest ?? 0)) greatest = receivedAt;
    }
    return greatest;
  }

  /** The greatest number spent: of the last arrival, or of one that was left out. */
  get last(): number {
    return this.#last;
  }

  get nextArrival(): number {
    return this.#last + 1;
  }

  /**
   * Leaves out the numbers that somebody may have been shown before a power cut took their arrivals back: others under
   * the same numbers would be missed by who goes on from there. Inside a transaction.
   */
  skipNumbersAtRisk(): void {
    if (this.#last === 0) return;
    this.#rememberLast(this.#last + numbersAtRisk);
    this.#last += numbersAtRisk;
  }

  /** The first arrival in the log; what came before it is in blocks only. */
  first(): number {
    return this.#ends()?.first ?? this.last + 1;
  }

  /** Writes the next row, inside a transaction. */
  add(log: BootLog, first: number, last: number, readings: Uint8Array): void {
    const arrival = this.nextArrival;
    this.#insert(arrival, log.boot, readings);
    const { greatest } = log;
    const count = readings.byteLength / readingBytes;
    this.addedBytes += readings.byteLength;
    this.pending.add(log, arrival, first, last, count);
    this.#last = arrival;
    this.#connection.onRollBack(() => {
      this.pending.takeBack(log, greatest);
      this.#last = arrival - 1;
    });
  }

  /** Whatever is stored under the arrival, settled or not; undefined when it is no longer in the log. */
  read(arrival: number): Block | undefined {
    const row = this.#read(arrival);
    return row && new Block(row.readings);
  }

  replace(arrival: number, block: Block): void {
    this.#update(block.bytes, arrival);
  }

  /** A boot's arrivals that are in no block yet, of those that may hold sequences from `first` to `last`. */
  *pendingBlocks(
    boot: number,
    first = 0,
    last = Number.POSITIVE_INFINITY,
  ): Iterable<{ arrival: number; block: Block }> {
    const log = this.pending.of(boot);
    // Only another process can have settled any of them.
    const settled = this.#settled(boot)?.settled_arrival ?? Number.POSITIVE_INFINITY;
    this.pending.settle(log, settled);
    for (const entry of pendingOf(log)) {
      if (entry.first > last || entry.last < first) continue;
      const block = this.read(entry.arrival);
      if (block !== undefined) yield { arrival: entry.arrival, block };
    }
  }

  /** What is in no block yet, of these boots. */
  *pendingAmong(boots: Iterable<number>): Iterable<{ boot: number; block: Block }> {
    for (const boot of boots) {
      // All that have something pending are in memory: of a large fleet they are many more than these.
      if (!this.pending.has(boot)) continue;
      for (const { block } of this.pendingBlocks(boot)) yield { boot, block };
    }
  }

  /** The readings of a device that are in no block yet. */
  count(device: number): number {
    return (this.#bytesOf(device)?.bytes ?? 0) / readingBytes;
  }

  /** Says that a boot's arrivals up to this one are in blocks now. Call what it gives once that is committed. */
  settle(log: BootLog, arrival: number): () => void {
    this.#setSettled(arrival, log.boot);
    return () => this.pending.settle(log, arrival);
  }

  /** The arrival that is so many rows behind another; undefined when there are fewer. */
  rowsBehind(arrival: number, rows: number): number | undefined {
    return this.#nthBehind(arrival, rows - 1)?.arrival;
  }

  /** Deletes rows that are settled. Their numbers are not used again. */
  deleteUpTo(arrival: number): void {
    this.#rememberLast(arrival);
    this.#deleteUpTo(arrival);
  }

  /** Deletes all rows of a device, settled or not; gives the number of readings that were not. */
  remove(device: number): number {
    const unsettled = this.count(device);
    this.#rememberLast(this.#ends()?.last ?? 0);
    if (this.#deleteOf(device) === 0) return 0;
    for (const boot of this.#boots.allOf(device)) this.pending.forget(boot);
    // Rare enough to begin anew.
    this.#connection.onRollBack(() => this.load(() => {}));
    return unsettled;
  }

  /** Rows behind an arrival, of one device or of all. */
  since(arrival: number, limit: number, device?: number): readonly LoggedArrival[] {
    return device === undefined ? this.#since(arrival, limit) : this.#sinceOf(arrival, device, limit);
  }

  #learn(row: LoggedArrival, visit: ArrivalVisitor): void {
    const block = new Block(row.readings);
    const { firstSequence, lastSequence, count } = block;
    this.pending.add(this.pending.of(row.boot), row.arrival, firstSequence, lastSequence, count);
    this.#last = row.arrival;
    visit(row, block);
  }
}
