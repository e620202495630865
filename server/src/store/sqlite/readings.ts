import type { SQLInputValue } from 'node:sqlite';
import type { Reading } from '../../readings/reading.ts';
import type { Micros } from '../../time.ts';
import type { Connection } from './connection.ts';
import type { Resolution } from './resolve-time.ts';
import { columnsOf, sensorColumns } from './sensor-columns.ts';

/** A reading whose time a first clock sample may give. */
export interface UnresolvedReading {
  readonly sequence: number;
  readonly uptime: Micros;
  readonly receivedAt: Micros | null;
}

const ownColumns = 'boot, sequence, time_source, uptime, received_at, own_offset, resolved_offset, resolved_by';
const placeholders = [...ownColumns.split(','), ...sensorColumns].map(() => '?').join(', ');

/** The readings of boots: written, resolved again, counted, removed. */
export class Readings {
  readonly #insert;
  readonly #unresolved;
  readonly #resolve;
  readonly #count;
  readonly #nth;
  readonly #removeUpTo;
  readonly #removeAll;

  constructor(connection: Connection) {
    this.#insert = connection.run(`
      INSERT INTO readings (${ownColumns}, ${sensorColumns.join(', ')}) VALUES (${placeholders})
      ON CONFLICT DO NOTHING`);
    this.#unresolved = connection.all<UnresolvedReading>(`
      SELECT sequence, uptime, received_at AS receivedAt FROM readings
      WHERE boot = ? AND sequence > ? AND resolved_by < 2 AND uptime IS NOT NULL
      ORDER BY sequence LIMIT ?`);
    this.#resolve = connection.run(
      'UPDATE readings SET resolved_offset = ?, resolved_by = ? WHERE boot = ? AND sequence = ?',
    );
    // A boot's sequences start at 1, so the greatest says how many there should be. As REAL: an integer sum may be
    // more than a number holds.
    this.#count = connection.one<{ boots: number; readings: number; expected: number }>(`
      SELECT count(*) AS boots, ifnull(sum(readings), 0) AS readings, total(greatest) AS expected FROM (
        SELECT (SELECT count(*) FROM readings WHERE readings.boot = boots.boot) AS readings,
          (SELECT max(sequence) FROM readings WHERE readings.boot = boots.boot) AS greatest
        FROM boots WHERE device = ?)`);
    this.#nth = connection.one<{ sequence: number }>(
      'SELECT sequence FROM readings WHERE boot = ? ORDER BY sequence LIMIT 1 OFFSET ?',
    );
    this.#removeUpTo = connection.run('DELETE FROM readings WHERE boot = ? AND sequence <= ?');
    this.#removeAll = connection.run('DELETE FROM readings WHERE boot = ?');
  }

  /** False when the boot has a reading of this sequence already: the first one stays as it is. */
  insert(boot: number, reading: Reading, receivedAt: Micros | null, resolution: Resolution): boolean {
    const values: SQLInputValue[] = [
      boot,
      reading.sequence,
      reading.timeSource,
      reading.uptime,
      receivedAt,
      offsetOf(reading.ownTime, receivedAt),
      offsetOf(resolution.time, receivedAt),
      resolution.by,
    ];
    return this.#insert(...values, ...columnsOf(reading)) === 1;
  }

  /** The boot's next readings after `sequence` that no clock sample has resolved, though one could. */
  unresolved(boot: number, sequence: number, limit: number): UnresolvedReading[] {
    return this.#unresolved(boot, sequence, limit);
  }

  resolve(boot: number, { sequence, receivedAt }: UnresolvedReading, resolution: Resolution): void {
    this.#resolve(offsetOf(resolution.time, receivedAt), resolution.by, boot, sequence);
  }

  /** Counts a device's boots, readings and holes: a pass over its readings. */
  count(device: number): { boots: number; readings: number; missingReadings: number } {
    const { boots, readings, expected } = this.#count(device) ?? { boots: 0, readings: 0, expected: 0 };
    return { boots, readings, missingReadings: expected - readings };
  }

  /** Removes at most `limit` readings of a boot, and says how many. */
  remove(boot: number, limit: number): number {
    const nth = this.#nth(boot, limit - 1);
    return nth === undefined ? this.#removeAll(boot) : this.#removeUpTo(boot, nth.sequence);
  }
}

/** How the schema keeps a time of a reading: beside the time of its receipt. */
function offsetOf(time: Micros | null, receivedAt: Micros | null): number | null {
  return time === null ? null : time - (receivedAt ?? 0);
}
