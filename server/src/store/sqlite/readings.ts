import type { Reading } from '../../readings/reading.ts';
import type { Micros } from '../../time.ts';
import type { ArrivalLog } from './arrival-log.ts';
import { type Block, encodeBlock, type KeptReading, type NewReading, type UnresolvedReading } from './block.ts';
import type { Blocks } from './blocks.ts';
import type { Boots } from './boots.ts';
import type { Connection } from './connection.ts';
import type { Resolution } from './resolve-time.ts';

/** The readings of boots, wherever they are: in the log of arrivals or in blocks. */
export class Readings {
  readonly #log: ArrivalLog;
  readonly #blocks: Blocks;
  readonly #boots: Boots;
  readonly #noteRewrite;

  constructor(connection: Connection, log: ArrivalLog, blocks: Blocks, boots: Boots) {
    this.#log = log;
    this.#blocks = blocks;
    this.#boots = boots;
    this.#noteRewrite = connection.run('UPDATE settings SET rewrites = rewrites + 1');
  }

  /** Stores those that are not there yet; gives them. Of two with the same sequence the first one stays. */
  append(
    boot: number,
    readings: readonly Reading[],
    receivedAt: Micros | null,
    resolve: (reading: Reading) => Resolution,
  ): readonly NewReading[] {
    const log = this.#log.pending.of(boot);
    const fresh = inOrder(readings) && isAfter(readings[0], log.greatest) ? readings : this.#fresh(boot, readings);
    const [first, last] = [fresh[0], fresh.at(-1)];
    if (first === undefined || last === undefined) return [];
    const arrival = this.#log.nextArrival;
    const rows = fresh.map((reading) => ({ reading, resolution: resolve(reading), receivedAt, arrival }));
    this.#log.add(log, first.sequence, last.sequence, encodeBlock(rows));
    return rows;
  }

  /** The boot's reading of this sequence. */
  find(boot: number, sequence: number): KeptReading | undefined {
    for (const { block } of this.#log.pendingBlocks(boot, sequence, sequence)) {
      const index = block.indexOf(sequence);
      if (index >= 0) return block.reading(index);
    }
    const place = this.#blocks.around(boot, sequence);
    const block = place && this.#blocks.read(place.block);
    const index = block?.indexOf(sequence) ?? -1;
    return index < 0 ? undefined : block?.reading(index);
  }

  /** Gives a boot's readings that no clock sample has resolved another time; says whether there were any. */
  resolveAgain(boot: number, resolve: (reading: UnresolvedReading) => Resolution): boolean {
    let changed = false;
    for (const { arrival, block } of this.#log.pendingBlocks(boot)) {
      if (!block.resolveAgain(resolve)) continue;
      this.#log.replace(arrival, block);
      changed = true;
    }
    for (const { block: place } of this.#blocks.of(boot)) {
      const block = this.#blocks.read(place);
      if (block === undefined || !block.resolveAgain(resolve)) continue;
      this.#blocks.replace(boot, place, block);
      changed = true;
    }
    if (changed) this.#noteRewrite();
    return changed;
  }

  /** What of a device is in no block yet. */
  pendingOf(device: number): Iterable<{ boot: number; block: Block }> {
    return this.#log.pendingAmong(this.#boots.allOf(device));
  }

  /** Counts a device's boots, readings and holes. */
  count(device: number): { boots: number; readings: number; missingReadings: number } {
    const boots = new Set(this.#boots.allOf(device));
    const settled = this.#blocks.count(device);
    const stored = settled.readings + this.#log.count(device);
    // A boot's sequences start at 1, so the greatest says how many there should be.
    let { expected } = settled;
    for (const { boot, greatest } of this.#log.pending.logs()) {
      if (boots.has(boot)) expected += greatest - this.#blocks.lastSequence(boot);
    }
    return { boots: boots.size, readings: stored, missingReadings: expected - stored };
  }

  /** Removes what of a device is in the log of arrivals, and says how many readings were in no block. */
  removeLogged(device: number): number {
    return this.#log.remove(device);
  }

  /** Removes readings of a boot from its blocks, about `limit` at most, and says how many. */
  remove(boot: number, limit: number): number {
    let removed = 0;
    while (removed < limit) {
      const [next] = this.#blocks.of(boot, 1);
      if (next === undefined) break;
      this.#blocks.remove(next.block);
      removed += next.readings_count;
    }
    return removed;
  }

  /** Those of the readings that are not stored yet, in order of sequence. */
  #fresh(boot: number, readings: readonly Reading[]): readonly Reading[] {
    // Array.prototype.sort is stable: of two with the same sequence the first one stays first.
    const sorted = [...readings].sort((one, other) => one.sequence - other.sequence);
    const [least, greatest] = [sorted[0]?.sequence ?? 0, sorted.at(-1)?.sequence ?? 0];
    const stored = [...this.#log.pendingBlocks(boot, least, greatest)].map(({ block }) => block);
    let last: number | undefined;
    return sorted.filter(({ sequence }) => {
      if (sequence === last) return false;
      last = sequence;
      if (stored.some((block) => block.indexOf(sequence) >= 0)) return false;
      const place = this.#blocks.around(boot, sequence);
      const block = place && this.#blocks.read(place.block);
      // Blocks of neighbours are asked of again: a batch of old readings lies in one or two.
      if (block !== undefined) stored.push(block);
      return block === undefined || block.indexOf(sequence) < 0;
    });
  }
}

function inOrder(readings: readonly Reading[]): boolean {
  return readings.every(({ sequence }, index) => index === 0 || sequence > (readings[index - 1]?.sequence ?? 0));
}

function isAfter(reading: Reading | undefined, sequence: number): boolean {
  return reading !== undefined && reading.sequence > sequence;
}
