import type { Micros } from '../../time.ts';

/** Where a reading is, and its resolved time. */
export interface ReadingPlace {
  readonly device: number;
  readonly boot: number;
  readonly sequence: number;
  readonly time: Micros;
}

// What is kept of each device, as columns of numbers. NaN: nothing.
const at = { receivedAt: 0, time: 1, boot: 2, sequence: 3 } as const;
const columns = 4;

/**
 * One place for each device, and when its newest reading was received: 32 bytes a device, where an object and the entries
 * of two maps take 170. A device's number in the database is its place here: those are counted from 1 on.
 */
export class DevicePlaces {
  #table = new Float64Array(64 * columns).fill(Number.NaN);

  get(device: number): ReadingPlace | undefined {
    const start = device * columns;
    const time = this.#table[start + at.time] ?? Number.NaN;
    if (Number.isNaN(time)) return undefined;
    const [boot = 0, sequence = 0] = [this.#table[start + at.boot], this.#table[start + at.sequence]];
    return { device, boot, sequence, time };
  }

  set({ device, boot, sequence, time }: ReadingPlace): void {
    const start = this.#startOf(device);
    this.#table[start + at.time] = time;
    this.#table[start + at.boot] = boot;
    this.#table[start + at.sequence] = sequence;
  }

  delete(device: number): void {
    const start = this.#startOf(device);
    this.#table[start + at.time] = Number.NaN;
  }

  /** Forgets all places, and no time of receipt. */
  clear(): void {
    for (let index: number = at.time; index < this.#table.length; index += columns) this.#table[index] = Number.NaN;
  }

  *all(): Iterable<ReadingPlace> {
    for (let device = 0; device * columns < this.#table.length; device += 1) {
      const place = this.get(device);
      if (place !== undefined) yield place;
    }
  }

  receivedAt(device: number): Micros | null {
    const receivedAt = this.#table[device * columns + at.receivedAt] ?? Number.NaN;
    return Number.isNaN(receivedAt) ? null : receivedAt;
  }

  /** Keeps the later one of this and what is known. */
  received(device: number, receivedAt: Micros): void {
    if (receivedAt <= (this.receivedAt(device) ?? 0)) return;
    const start = this.#startOf(device);
    this.#table[start + at.receivedAt] = receivedAt;
  }

  /** When the newest reading of all was received, or null. */
  lastReceivedAt(): Micros | null {
    let last: Micros | null = null;
    for (let index: number = at.receivedAt; index < this.#table.length; index += columns) {
      const receivedAt = this.#table[index] ?? Number.NaN;
      if (receivedAt > (last ?? 0)) last = receivedAt;
    }
    return last;
  }

  /** Makes room, which replaces the table. */
  #startOf(device: number): number {
    const start = device * columns;
    if (start >= this.#table.length) {
      // A quarter more, in whole devices.
      const larger = new Float64Array((device + Math.ceil(device / 4)) * columns).fill(Number.NaN);
      larger.set(this.#table);
      this.#table = larger;
    }
    return start;
  }
}
