import type { Reading, TimeSource } from '../../readings/reading.ts';
import type { Micros } from '../../time.ts';
import type { Resolution } from './resolve-time.ts';
import { channelsOf, sensorValuesOf } from './sensor-channels.ts';

/** A reading as it is kept, without what its boot and device add. */
export interface KeptReading extends Reading {
  readonly receivedAt: Micros | null;
  readonly resolvedTime: Micros | null;
}

/** What of a reading a first clock sample needs to give it its time. */
export type UnresolvedReading = Pick<KeptReading, 'uptime' | 'receivedAt'>;

const wideCount = 6;
const channelCount = 11;
const wideBytes = 8 * wideCount;
/** Of one reading: six numbers of 8 bytes, eleven of 4, and a byte for where its times are from. */
export const readingBytes = wideBytes + 4 * channelCount + 1;

// The columns are typed arrays over the stored bytes, which is what makes reading them fast; every machine that Node.js
// runs on has them this way round but s390x.
if (new Uint8Array(new Uint16Array([1]).buffer)[0] !== 1) throw new Error('sealpost needs a little-endian machine');

/**
 * Readings of one boot, column by column and in order of sequence, as they lie in the database. What is absent is NaN.
 * The columns follow each other: sequence, uptime, receipt, own stamp, resolved time and arrival as 64-bit floating
 * point numbers, which hold whole numbers to 2^53; the channels as 32-bit ones, as they came; then for each reading a
 * byte, its time source in the low two bits and what resolved its time above them.
 */
export class Block {
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly #view: DataView;
  // Made when they are asked for: most blocks are one reading on its way from the log.
  readonly #wide: (Float64Array | undefined)[] = [];
  #channels: readonly Float32Array[] | undefined;

  /** `bytes` as a column of the database gives them. Throws a RangeError when they are damaged. */
  constructor(bytes: Uint8Array) {
    const count = bytes.byteLength / readingBytes;
    if (!Number.isInteger(count) || count === 0) throw new RangeError('a block of readings has lost its length');
    // Typed arrays begin at multiples of their size.
    this.bytes = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
    this.count = count;
    this.#view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
  }

  static ofLength(count: number): Block {
    return new Block(new Uint8Array(count * readingBytes));
  }

  get sequences(): Float64Array {
    return this.#column(0);
  }

  get uptimes(): Float64Array {
    return this.#column(1);
  }

  get receivedAts(): Float64Array {
    return this.#column(2);
  }

  get ownTimes(): Float64Array {
    return this.#column(3);
  }

  /** Resolved times. */
  get times(): Float64Array {
    return this.#column(4);
  }

  get arrivals(): Float64Array {
    return this.#column(5);
  }

  get channels(): readonly Float32Array[] {
    const begin = this.bytes.byteOffset + wideBytes * this.count;
    this.#channels ??= Array.from(
      { length: channelCount },
      (_, channel) => new Float32Array(this.bytes.buffer, begin + 4 * this.count * channel, this.count),
    );
    return this.#channels;
  }

  get firstSequence(): number {
    return this.#view.getFloat64(0, true);
  }

  get lastSequence(): number {
    return this.#view.getFloat64(8 * (this.count - 1), true);
  }

  /** Where the reading of this sequence is; -1 when it is not here. */
  indexOf(sequence: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.sequences[middle] ?? Number.NaN) < sequence) low = middle + 1;
      else high = middle;
    }
    return this.sequences[low] === sequence ? low : -1;
  }

  reading(index: number): KeptReading {
    const source = this.#source(index);
    return {
      sequence: this.sequences[index] ?? Number.NaN,
      timeSource: (source & 3) as TimeSource,
      ownTime: numberOrNull(this.ownTimes[index]),
      uptime: numberOrNull(this.uptimes[index]),
      receivedAt: numberOrNull(this.receivedAts[index]),
      resolvedTime: numberOrNull(this.times[index]),
      ...sensorValuesOf(this.channels, index),
    };
  }

  /** Gives the readings that no clock sample has resolved another time. */
  resolveAgain(resolve: (reading: UnresolvedReading) => Resolution): boolean {
    let changed = false;
    for (let index = 0; index < this.count; index += 1) {
      const source = this.#source(index);
      const uptime = numberOrNull(this.uptimes[index]);
      if (source >> 2 === 2 || uptime === null) continue;
      const { time, by } = resolve({ uptime, receivedAt: numberOrNull(this.receivedAts[index]) });
      this.times[index] = time ?? Number.NaN;
      this.#view.setUint8((readingBytes - 1) * this.count + index, (source & 3) | (by << 2));
      changed = true;
    }
    return changed;
  }

  /** Copies one reading of another block over one of this. */
  copy(from: Block, index: number, to: number): void {
    const [target, source] = [this.#view, from.#view];
    for (let column = 0; column < wideCount; column += 1) {
      const value = source.getFloat64(8 * (from.count * column + index), true);
      target.setFloat64(8 * (this.count * column + to), value, true);
    }
    for (let channel = 0; channel < channelCount; channel += 1) {
      const value = source.getFloat32(wideBytes * from.count + 4 * (from.count * channel + index), true);
      target.setFloat32(wideBytes * this.count + 4 * (this.count * channel + to), value, true);
    }
    target.setUint8((readingBytes - 1) * this.count + to, from.#source(index));
  }

  #source(index: number): number {
    return this.#view.getUint8((readingBytes - 1) * this.count + index);
  }

  #column(column: number): Float64Array {
    const begin = this.bytes.byteOffset + 8 * this.count * column;
    this.#wide[column] ??= new Float64Array(this.bytes.buffer, begin, this.count);
    return this.#wide[column];
  }
}

/** A reading to be written. */
export interface NewReading {
  readonly reading: Reading;
  readonly resolution: Resolution;
  readonly receivedAt: Micros | null;
  readonly arrival: number;
}

/** The bytes of a block: readings of one boot in order of sequence. */
export function encodeBlock(rows: readonly NewReading[]): Uint8Array {
  const count = rows.length;
  const bytes = new Uint8Array(count * readingBytes);
  // A view by row: for the one or two readings of an upload, arrays over each column would cost more than the rest.
  const view = new DataView(bytes.buffer);
  for (const [index, { reading, resolution, receivedAt, arrival }] of rows.entries()) {
    const { sequence, uptime, ownTime } = reading;
    if (!Number.isSafeInteger(sequence)) throw new RangeError('a sequence is a whole number');
    const wide = [sequence, uptime, receivedAt, ownTime, resolution.time, arrival];
    for (let column = 0; column < wide.length; column += 1) {
      view.setFloat64(8 * (count * column + index), wide[column] ?? Number.NaN, true);
    }
    const channels = channelsOf(reading);
    for (let channel = 0; channel < channelCount; channel += 1) {
      view.setFloat32(wideBytes * count + 4 * (count * channel + index), channels[channel] ?? Number.NaN, true);
    }
    bytes[(readingBytes - 1) * count + index] = reading.timeSource | (resolution.by << 2);
  }
  return bytes;
}

/** The readings of all the blocks as one, in order of sequence. Of two with the same sequence the first one stays. */
export function joinBlocks(blocks: readonly Block[]): Block {
  const behindEachOther = blocks.every(
    ({ firstSequence }, index) => firstSequence > (blocks[index - 1]?.lastSequence ?? 0),
  );
  return behindEachOther ? concatenated(blocks) : merged(blocks);
}

/** What a device sends is nearly always in order. */
function concatenated(blocks: readonly Block[]): Block {
  const joined = Block.ofLength(blocks.reduce((sum, { count }) => sum + count, 0));
  let to = 0;
  for (const block of blocks) {
    for (let index = 0; index < block.count; index += 1) {
      joined.copy(block, index, to);
      to += 1;
    }
  }
  return joined;
}

function merged(blocks: readonly Block[]): Block {
  const all = blocks.flatMap((block) => Array.from(block.sequences, (sequence, index) => ({ block, index, sequence })));
  // Array.prototype.sort is stable: equal sequences stay in the order of the blocks.
  all.sort((one, other) => one.sequence - other.sequence);
  const kept = all.filter(({ sequence }, index) => index === 0 || all[index - 1]?.sequence !== sequence);
  const joined = Block.ofLength(kept.length);
  for (const [to, { block, index }] of kept.entries()) joined.copy(block, index, to);
  return joined;
}

/** A part of a block, from one index to just before another. */
export function partOf(block: Block, from: number, to: number): Block {
  if (from === 0 && to === block.count) return block;
  const part = Block.ofLength(to - from);
  for (let index = from; index < to; index += 1) part.copy(block, index, index - from);
  return part;
}

function numberOrNull(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
