import { agrees, type ClockSample, isWorthKeeping } from '../../readings/clock-model.ts';
import type { Connection } from './connection.ts';

interface SampleRow {
  readonly epoch: number;
  readonly uptime: number;
  readonly server_time: number;
  readonly uncertainty: number;
}

const columns = 'epoch, uptime, server_time, uncertainty';

/** The clock samples of boots. Of a boot only those of its greatest epoch count. */
export class ClockSamples {
  readonly #firstEpoch: number;
  readonly #last;
  readonly #ofEpoch;
  readonly #before;
  readonly #after;
  readonly #keep;
  readonly #raiseEpoch;
  readonly #nth;
  readonly #removeUpTo;
  readonly #removeAll;

  /** `firstEpoch` is the one that began when the store was opened. */
  constructor(connection: Connection, firstEpoch: number) {
    this.#firstEpoch = firstEpoch;
    this.#last = connection.one<SampleRow>(
      `SELECT ${columns} FROM clock_samples WHERE boot = ? ORDER BY epoch DESC, uptime DESC LIMIT 1`,
    );
    this.#ofEpoch = connection.all<SampleRow>(
      `SELECT ${columns} FROM clock_samples WHERE boot = ? AND epoch = ? ORDER BY uptime`,
    );
    this.#before = connection.one<SampleRow>(
      `SELECT ${columns} FROM clock_samples WHERE boot = ? AND epoch = ? AND uptime <= ? ORDER BY uptime DESC LIMIT 1`,
    );
    this.#after = connection.one<SampleRow>(
      `SELECT ${columns} FROM clock_samples WHERE boot = ? AND epoch = ? AND uptime > ? ORDER BY uptime LIMIT 1`,
    );
    this.#keep = connection.run(`
      INSERT INTO clock_samples (boot, ${columns}) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET server_time = excluded.server_time, uncertainty = excluded.uncertainty`);
    this.#raiseEpoch = connection.run('UPDATE settings SET clock_epoch = ?1 WHERE clock_epoch < ?1');
    this.#nth = connection.one<{ epoch: number; uptime: number }>(
      'SELECT epoch, uptime FROM clock_samples WHERE boot = ? ORDER BY epoch, uptime LIMIT 1 OFFSET ?',
    );
    this.#removeUpTo = connection.run('DELETE FROM clock_samples WHERE boot = ? AND (epoch, uptime) <= (?, ?)');
    this.#removeAll = connection.run('DELETE FROM clock_samples WHERE boot = ?');
  }

  /** The sample of the greatest uptime in the boot's greatest epoch. */
  last(boot: number): ClockSample | null {
    return sampleOf(this.#last(boot));
  }

  /** The sample nearest in uptime among those of the boot's greatest epoch, whose last one is given. */
  nearest(boot: number, last: ClockSample, uptime: number): ClockSample {
    // What was read just now comes after the last sample: nearly every reading.
    if (uptime >= last.uptime) return last;
    const before = sampleOf(this.#before(boot, last.epoch, uptime));
    const after = sampleOf(this.#after(boot, last.epoch, uptime)) ?? last;
    return before !== null && uptime - before.uptime <= after.uptime - uptime ? before : after;
  }

  /** Those of the boot's greatest epoch, in order of uptime. */
  all(boot: number): ClockSample[] {
    const last = this.#last(boot);
    return last === undefined ? [] : this.#ofEpoch(boot, last.epoch).flatMap((row) => sampleOf(row) ?? []);
  }

  /** Stores the sample if it tells more than the boot's last one; says whether it did. */
  keep(boot: number, sample: ClockSample, last: ClockSample | null): boolean {
    this.#raiseEpoch(sample.epoch);
    // Later epochs began with a step that was seen, if only by another worker of this server.
    const mayGoOn = last !== null && (sample.epoch === this.#firstEpoch || sample.epoch < last.epoch);
    const epoch = mayGoOn && agrees(sample, last) ? last.epoch : sample.epoch;
    if (last !== null && epoch < last.epoch) return false;
    if (!isWorthKeeping({ ...sample, epoch }, last)) return false;
    this.#keep(boot, epoch, sample.uptime, sample.serverTime, sample.uncertainty);
    return true;
  }

  /** Removes at most `limit` samples of a boot, and says how many. */
  remove(boot: number, limit: number): number {
    const nth = this.#nth(boot, limit - 1);
    return nth === undefined ? this.#removeAll(boot) : this.#removeUpTo(boot, nth.epoch, nth.uptime);
  }
}

function sampleOf(row: SampleRow | undefined): ClockSample | null {
  if (row === undefined) return null;
  return { uptime: row.uptime, serverTime: row.server_time, uncertainty: row.uncertainty, epoch: row.epoch };
}
