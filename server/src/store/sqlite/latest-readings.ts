import type { Micros } from '../../time.ts';
import type { StoredReading } from '../store.ts';
import type { LoggedArrival } from './arrival-log.ts';
import type { Block } from './block.ts';
import type { Connection } from './connection.ts';
import { DevicePlaces, type ReadingPlace } from './device-places.ts';
import { damagedBlock } from './errors.ts';
import { type ReadingOwner, readingWith } from './reading-queries.ts';
import type { Readings } from './readings.ts';

/** One place for each boot; the index of blocks has it all. */
export const placesQuery = `
  SELECT device, boots.boot, latest_sequence AS sequence, max(last_time) AS time
  FROM boots JOIN blocks USING (boot) WHERE last_time IS NOT NULL`;

const receivedQuery = `
  SELECT device, max(last_received_at) AS receivedAt FROM boots JOIN blocks USING (boot)
  WHERE last_received_at IS NOT NULL GROUP BY device`;

export function isLater(one: ReadingPlace, other: ReadingPlace): boolean {
  return one.time > other.time || (one.time === other.time && orderOf(one, other) > 0);
}

function orderOf(one: ReadingPlace, other: ReadingPlace): number {
  return one.boot === other.boot ? one.sequence - other.sequence : one.boot - other.boot;
}

/**
 * Which reading of each device is the latest, and when its newest one was received, in memory: a second index on disk
 * would cost a page of writes for each reading. What other processes remove shows when the reading is looked for.
 */
export class LatestReadings {
  readonly #readings: Readings;
  readonly #places = new DevicePlaces();
  /** Devices whose place in memory may be wrong. */
  readonly #stale = new Set<number>();
  #overall: ReadingPlace | null | undefined;
  readonly #placesOfAll;
  readonly #placesOfDevice;
  readonly #receivedOfAll;
  readonly #owner;

  constructor(connection: Connection, readings: Readings) {
    this.#readings = readings;
    this.#placesOfAll = connection.each<ReadingPlace>(`${placesQuery} GROUP BY boots.boot`);
    this.#placesOfDevice = connection.all<ReadingPlace>(`${placesQuery} AND device = ? GROUP BY boots.boot`);
    this.#receivedOfAll = connection.each<{ device: number; receivedAt: Micros }>(receivedQuery);
    this.#owner = connection.one<ReadingOwner>(`
      SELECT device_id, CAST(boot_id AS TEXT) AS boot_id, utc_offset_seconds
      FROM boots JOIN devices USING (device) WHERE boot = ?`);
  }

  /** Reads every device's place anew, but for what is in the log of arrivals. */
  load(): void {
    this.#places.clear();
    this.#stale.clear();
    this.#overall = undefined;
    for (const place of this.#placesOfAll()) this.#offer(place);
    for (const { device, receivedAt } of this.#receivedOfAll()) this.#places.received(device, receivedAt);
  }

  /** Readings have arrived: the latest of them, if they have a time. */
  arrived(device: number, receivedAt: Micros | null, latest: ReadingPlace | null): void {
    if (receivedAt !== null) this.#places.received(device, receivedAt);
    if (latest !== null) this.#offer(latest);
  }

  /** The same of a row of the log of arrivals. */
  arrivedRow({ boot, device }: LoggedArrival, block: Block): void {
    if (device === null) return;
    const receivedAt = block.receivedAts[0] ?? Number.NaN;
    this.arrived(device, Number.isNaN(receivedAt) ? null : receivedAt, latestOf(device, boot, block));
  }

  /** The device's readings have changed: look again when asked. */
  forget(device: number): void {
    this.#stale.add(device);
  }

  of(device: number): ReadingPlace | null {
    if (this.#stale.has(device)) this.#look(device);
    return this.#places.get(device) ?? null;
  }

  receivedAt(device: number): Micros | null {
    return this.#places.receivedAt(device);
  }

  /** When the newest reading of all was received, or null. */
  lastReceivedAt(): Micros | null {
    return this.#places.lastReceivedAt();
  }

  /** The latest reading of one device, or of all. Throws `unavailable` when it is damaged. */
  read(device: number | undefined): StoredReading | null {
    for (let looked: ReadingPlace | undefined; ; ) {
      const place = device === undefined ? this.#latestOfAll() : this.of(device);
      if (place === null) return null;
      const owner = this.#owner(place.boot);
      const reading = owner && this.#readings.find(place.boot, place.sequence);
      if (owner !== undefined && reading !== undefined) return readingWith(reading, owner);
      if (looked?.boot === place.boot && looked.sequence === place.sequence) throw damagedBlock(place.boot);
      // Another process has removed it: the device has another now, or none.
      this.#look(place.device);
      looked = place;
    }
  }

  #offer(place: ReadingPlace): void {
    const before = this.#places.get(place.device);
    if (before !== undefined && !isLater(place, before)) return;
    this.#places.set(place);
    if (this.#overall !== undefined && (this.#overall === null || isLater(place, this.#overall))) this.#overall = place;
  }

  #latestOfAll(): ReadingPlace | null {
    for (const device of this.#stale) this.#look(device);
    if (this.#overall === undefined) {
      let overall: ReadingPlace | null = null;
      for (const place of this.#places.all()) if (overall === null || isLater(place, overall)) overall = place;
      this.#overall = overall;
    }
    return this.#overall;
  }

  #look(device: number): void {
    this.#places.delete(device);
    this.#stale.delete(device);
    this.#overall = undefined;
    for (const place of this.#placesOfDevice(device)) this.#offer(place);
    for (const { boot, block } of this.#readings.pendingOf(device)) {
      const latest = latestOf(device, boot, block);
      if (latest !== null) this.#offer(latest);
    }
  }
}

/** The reading of a block with the greatest time, of equal ones that of the greatest sequence. */
function latestOf(device: number, boot: number, block: Block): ReadingPlace | null {
  let latest: ReadingPlace | null = null;
  for (const [index, time] of block.times.entries()) {
    if (Number.isNaN(time) || time < (latest?.time ?? 0)) continue;
    latest = { device, boot, sequence: block.sequences[index] ?? 0, time };
  }
  return latest;
}
