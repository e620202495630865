import type { TimeSource } from '../../readings/reading.ts';
import type { Micros } from '../../time.ts';
import type { StoredReading } from '../store.ts';
import type { Connection } from './connection.ts';
import { unsigned64 } from './integers.ts';
import { type SensorRow, sensorColumns, sensorValuesOf } from './sensor-columns.ts';

/** Where a reading is, and its resolved time. */
export interface ReadingPlace {
  readonly device: number;
  readonly boot: number;
  readonly sequence: number;
  readonly time: Micros;
}

interface ReadingRow extends SensorRow {
  readonly device_id: string;
  readonly boot_id: string;
  readonly sequence: number;
  readonly time_source: TimeSource;
  readonly own_time: number | null;
  readonly uptime: number | null;
  readonly received_at: number | null;
  readonly resolved_time: number;
  readonly utc_offset_seconds: number | null;
}

/**
 * A boot's latest reading is looked for among this many of its greatest sequences: within a boot time goes with the
 * sequence, but for what the bounds and the samples shift.
 */
const window = 64;

/** CROSS JOIN keeps the order: left to itself the planner begins with all readings. */
export const placesQuery = `
  SELECT boots.device, boots.boot, readings.sequence, readings.resolved_time AS time
  FROM boots CROSS JOIN readings ON readings.boot = boots.boot AND readings.sequence = (
    SELECT sequence FROM (
      SELECT sequence, resolved_time FROM readings WHERE boot = boots.boot ORDER BY sequence DESC LIMIT ${window}
    ) WHERE resolved_time IS NOT NULL ORDER BY resolved_time DESC, sequence DESC LIMIT 1
  )`;

export function isLater(one: ReadingPlace, other: ReadingPlace): boolean {
  return one.time > other.time || (one.time === other.time && orderOf(one, other) > 0);
}

function orderOf(one: ReadingPlace, other: ReadingPlace): number {
  return one.boot === other.boot ? one.sequence - other.sequence : one.boot - other.boot;
}

/**
 * Which reading of each device is the latest, in memory: a second index on disk would cost a page of writes for each
 * reading. What other processes remove shows when the row is read.
 */
export class LatestReadings {
  readonly #places = new Map<number, ReadingPlace>();
  /** Devices whose place in memory may be wrong. */
  readonly #stale = new Set<number>();
  #overall: ReadingPlace | null | undefined;
  readonly #placesOfAll;
  readonly #placesOfDevice;
  readonly #read;

  constructor(connection: Connection) {
    this.#placesOfAll = connection.each<ReadingPlace>(placesQuery);
    this.#placesOfDevice = connection.each<ReadingPlace>(`${placesQuery} WHERE boots.device = ?`);
    this.#read = connection.one<ReadingRow>(`
      SELECT device_id, CAST(boot_id AS TEXT) AS boot_id, sequence, time_source, own_time, uptime, received_at,
        resolved_time, utc_offset_seconds, ${sensorColumns.join(', ')}
      FROM readings JOIN boots USING (boot) JOIN devices USING (device)
      WHERE boot = ? AND sequence = ? AND resolved_time IS NOT NULL`);
  }

  /** Reads every device's place anew. */
  load(): void {
    this.#places.clear();
    this.#stale.clear();
    for (const place of this.#placesOfAll()) this.offer(place);
    this.#overall = undefined;
  }

  /** A reading has been stored. */
  offer(place: ReadingPlace): void {
    const before = this.#places.get(place.device);
    if (before !== undefined && !isLater(place, before)) return;
    this.#places.set(place.device, place);
    if (this.#overall !== undefined && (this.#overall === null || isLater(place, this.#overall))) this.#overall = place;
  }

  /** The device's readings have changed: look again when asked. */
  forget(device: number): void {
    this.#stale.add(device);
  }

  of(device: number): ReadingPlace | null {
    if (this.#stale.has(device)) this.#look(device);
    return this.#places.get(device) ?? null;
  }

  /** The latest reading of one device, or of all. */
  read(device: number | undefined): StoredReading | null {
    for (;;) {
      const place = device === undefined ? this.#latestOfAll() : this.of(device);
      if (place === null) return null;
      const row = this.#read(place.boot, place.sequence);
      if (row !== undefined) return readingOf(row);
      // Another process has removed it: the device has another now, or none.
      this.#look(place.device);
    }
  }

  #latestOfAll(): ReadingPlace | null {
    for (const device of this.#stale) this.#look(device);
    if (this.#overall === undefined) {
      let overall: ReadingPlace | null = null;
      for (const place of this.#places.values()) if (overall === null || isLater(place, overall)) overall = place;
      this.#overall = overall;
    }
    return this.#overall;
  }

  #look(device: number): void {
    this.#places.delete(device);
    this.#stale.delete(device);
    this.#overall = undefined;
    for (const place of this.#placesOfDevice(device)) this.offer(place);
  }
}

function readingOf(row: ReadingRow): StoredReading {
  return {
    deviceId: row.device_id,
    bootId: unsigned64(row.boot_id),
    sequence: row.sequence,
    timeSource: row.time_source,
    ownTime: row.own_time,
    uptime: row.uptime,
    receivedAt: row.received_at,
    resolvedTime: row.resolved_time,
    utcOffsetSeconds: row.utc_offset_seconds,
    ...sensorValuesOf(row),
  };
}
