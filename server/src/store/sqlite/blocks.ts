import { Block, joinBlocks, partOf } from './block.ts';
import type { Connection } from './connection.ts';

/** What is known of a block without its readings. */
export interface BlockPlace {
  readonly block: number;
  readonly boot: number;
  readonly first_sequence: number;
  readonly last_sequence: number;
}

/** The readings of a block at most, when it is made. */
export const greatestBlock = 512;

/**
 * The settled readings: blocks of one boot each, which do not overlap in their sequences. All that is asked of many
 * blocks is in one index, so that only those that are wanted are read.
 */
export class Blocks {
  readonly #insert;
  readonly #replace;
  readonly #delete;
  readonly #read;
  readonly #at;
  readonly #lastSequence;
  readonly #all;
  readonly #count;

  constructor(connection: Connection) {
    this.#insert = connection.run(`
      INSERT INTO blocks (boot, first_sequence, last_sequence, readings_count, first_time, last_time, latest_sequence,
        first_arrival, last_arrival, last_received_at, readings) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#replace = connection.run(`
      UPDATE blocks SET boot = ?, first_sequence = ?, last_sequence = ?, readings_count = ?, first_time = ?,
        last_time = ?, latest_sequence = ?, first_arrival = ?, last_arrival = ?, last_received_at = ?, readings = ?
      WHERE block = ?`);
    this.#delete = connection.run('DELETE FROM blocks WHERE block = ?');
    this.#read = connection.one<{ readings: Uint8Array }>('SELECT readings FROM blocks WHERE block = ?');
    this.#at = connection.one<BlockPlace>(`
      SELECT block, boot, first_sequence, last_sequence FROM blocks
      WHERE boot = ? AND first_sequence <= ? ORDER BY first_sequence DESC LIMIT 1`);
    this.#lastSequence = connection.one<{ last_sequence: number }>(
      'SELECT last_sequence FROM blocks WHERE boot = ? ORDER BY first_sequence DESC LIMIT 1',
    );
    this.#all = connection.all<{ block: number; readings_count: number }>(
      'SELECT block, readings_count FROM blocks WHERE boot = ? ORDER BY first_sequence LIMIT ?',
    );
    this.#count = connection.one<{ readings: number; expected: number }>(`
      SELECT ifnull(sum(readings), 0) AS readings, ifnull(sum(last), 0.0) AS expected FROM (
        SELECT sum(readings_count) AS readings, CAST(max(last_sequence) AS REAL) AS last FROM blocks
        WHERE boot IN (SELECT boot FROM boots WHERE device = ?) GROUP BY boot)`);
  }

  /** The greatest sequence of a boot's blocks, 0 when there are none. */
  lastSequence(boot: number): number {
    return this.#lastSequence(boot)?.last_sequence ?? 0;
  }

  /** A device's settled readings, and how many there would be without holes before the last one of each boot. */
  count(device: number): { readonly readings: number; readonly expected: number } {
    return this.#count(device) ?? { readings: 0, expected: 0 };
  }

  /** Undefined when it is gone. */
  read(block: number): Block | undefined {
    const row = this.#read(block);
    return row && new Block(row.readings);
  }

  /** The block whose sequences reach around this one, if there is one. */
  around(boot: number, sequence: number): BlockPlace | undefined {
    const place = this.#at(boot, sequence);
    return place !== undefined && sequence <= place.last_sequence ? place : undefined;
  }

  /**
   * Puts readings where their sequences belong: nearly always behind all others, else between blocks or into them. Gives
   * the number of readings that were written for it.
   */
  add(boot: number, block: Block): number {
    if (block.firstSequence > this.lastSequence(boot)) return this.#insertParts(boot, block);
    let written = 0;
    for (const { from, to, home } of this.#homes(boot, block)) {
      const part = partOf(block, from, to);
      const old = home === undefined ? undefined : this.read(home.block);
      if (home === undefined || old === undefined) {
        written += this.#insertParts(boot, part);
        continue;
      }
      written += this.#rewrite(boot, home.block, joinBlocks([old, part]));
    }
    return written;
  }

  /** Writes a block's readings again; their sequences are the same. */
  replace(boot: number, block: number, readings: Block): void {
    this.#replace(boot, ...columnsOf(readings), block);
  }

  /** The first blocks of a boot. */
  of(boot: number, limit = -1): readonly { readonly block: number; readonly readings_count: number }[] {
    return this.#all(boot, limit);
  }

  remove(block: number): void {
    this.#delete(block);
  }

  /** Writes a block again, as several where it has grown too large. */
  #rewrite(boot: number, block: number, readings: Block): number {
    const kept = readings.count > 2 * greatestBlock ? greatestBlock : readings.count;
    this.replace(boot, block, partOf(readings, 0, kept));
    if (kept < readings.count) this.#insertParts(boot, partOf(readings, kept, readings.count));
    return readings.count;
  }

  #insertParts(boot: number, block: Block): number {
    for (let from = 0; from < block.count; from += greatestBlock) {
      const part = partOf(block, from, Math.min(from + greatestBlock, block.count));
      this.#insert(boot, ...columnsOf(part));
    }
    return block.count;
  }

  /** Cuts the readings where a block of the boot begins or ends; gives with each part the block that it lies in. */
  #homes(boot: number, block: Block): { from: number; to: number; home: BlockPlace | undefined }[] {
    const parts: { from: number; to: number; home: BlockPlace | undefined; before: number | undefined }[] = [];
    for (const [index, sequence] of block.sequences.entries()) {
      const place = this.#at(boot, sequence);
      const inside = place !== undefined && sequence <= place.last_sequence;
      const last = parts.at(-1);
      if (last !== undefined && last.before === place?.block && (last.home !== undefined) === inside)
        last.to = index + 1;
      else parts.push({ from: index, to: index + 1, home: inside ? place : undefined, before: place?.block });
    }
    return parts;
  }
}

function columnsOf(block: Block): [...(number | null)[], Uint8Array] {
  let firstTime: number | null = null;
  let lastTime: number | null = null;
  let latestSequence: number | null = null;
  let firstArrival = Number.POSITIVE_INFINITY;
  let lastArrival = 0;
  let lastReceivedAt: number | null = null;
  for (let index = 0; index < block.count; index += 1) {
    const time = block.times[index] ?? Number.NaN;
    const arrival = block.arrivals[index] ?? 0;
    const receivedAt = block.receivedAts[index] ?? Number.NaN;
    if (firstTime === null ? !Number.isNaN(time) : time < firstTime) firstTime = time;
    if (lastTime === null ? !Number.isNaN(time) : time >= lastTime) {
      lastTime = time;
      latestSequence = block.sequences[index] ?? null;
    }
    if (lastReceivedAt === null ? !Number.isNaN(receivedAt) : receivedAt > lastReceivedAt) lastReceivedAt = receivedAt;
    firstArrival = Math.min(firstArrival, arrival);
    lastArrival = Math.max(lastArrival, arrival);
  }
  return [
    block.firstSequence,
    block.lastSequence,
    block.count,
    firstTime,
    lastTime,
    latestSequence,
    firstArrival,
    lastArrival,
    lastReceivedAt,
    block.bytes,
  ];
}
