import type { Reading } from '#gen/reading_pb.js';

/** Readings that a ReadingBatch may hold (docs/protocol-v1.md, section 6). */
export const mostReadingsInBatch = 64;

/** Readings of one boot, on their way to the server. */
export interface QueuedBatch {
  readonly bootId: bigint;
  readonly readings: readonly Reading[];
}

interface QueuedReading {
  readonly bootId: bigint;
  readonly reading: Reading;
}

/**
 * Readings that wait for a receipt, of this boot and of earlier ones. Bounded: when it is full, the oldest reading goes
 * and is counted, for what is new is worth more.
 */
export class ReadingQueue {
  readonly #capacity: number;
  /** The last reading taken, until a batch with it was receipted: it leads, so that no backlog can starve it. */
  #newest: QueuedReading | undefined;
  /** All others, oldest first. */
  #backlog: QueuedReading[] = [];
  #dropped = 0;

  constructor(capacity = 1024) {
    if (capacity < 1) throw new RangeError('a queue holds one reading at least');
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#backlog.length + (this.#newest ? 1 : 0);
  }

  /** Readings lost for want of room, ever: the queue and this number outlive a boot. */
  get dropped(): number {
    return this.#dropped;
  }

  push(bootId: bigint, reading: Reading): void {
    if (this.#newest) this.#backlog.push(this.#newest);
    this.#newest = { bootId, reading };
    if (this.size <= this.#capacity) return;
    this.#backlog.shift();
    this.#dropped += 1;
  }

  /**
   * What to upload next, or undefined when nothing waits: the newest reading first, then those of its boot that wait
   * longest. Nothing leaves the queue by this.
   */
  nextBatch(): QueuedBatch | undefined {
    const first = this.#newest ?? this.#backlog[0];
    if (!first) return undefined;
    const readings = [first.reading];
    for (const { bootId, reading } of this.#backlog) {
      if (readings.length === mostReadingsInBatch) break;
      if (bootId === first.bootId && reading !== first.reading) readings.push(reading);
    }
    return { bootId: first.bootId, readings };
  }

  /** Frees exactly the readings of `batch`. Call it once for a batch, when its sealed receipt has verified. */
  free(batch: QueuedBatch): void {
    const before = this.size;
    const receipted = new Set(batch.readings);
    this.#backlog = this.#backlog.filter(({ reading }) => !receipted.has(reading));
    if (this.#newest && receipted.has(this.#newest.reading)) this.#newest = undefined;
    // What was dropped while it was on its way has arrived, so it was not lost after all.
    this.#dropped -= receipted.size - (before - this.size);
  }
}
