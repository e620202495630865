import type { Connection } from './connection.ts';
import { signed64 } from './integers.ts';

/** The boots of devices, each with a small number that readings and clock samples are filed under. */
export class Boots {
  readonly #find;
  readonly #add;
  readonly #greatestUptime;
  readonly #raiseUptime;
  readonly #newestOf;
  readonly #anyOf;
  readonly #allOf;
  readonly #remove;

  constructor(connection: Connection) {
    this.#find = connection.one<{ boot: number }>('SELECT boot FROM boots WHERE device = ? AND boot_id = ?');
    this.#add = connection.one<{ boot: number }>('INSERT INTO boots (device, boot_id) VALUES (?, ?) RETURNING boot');
    this.#greatestUptime = connection.one<{ greatest_uptime: number | null }>(
      `SELECT greatest_uptime FROM boots JOIN devices USING (device) WHERE device_id = ? AND boot_id = ?`,
    );
    this.#raiseUptime = connection.run(
      'UPDATE boots SET greatest_uptime = ?1 WHERE boot = ?2 AND ifnull(greatest_uptime < ?1, TRUE)',
    );
    this.#newestOf = connection.one<{ boot: number }>(
      'SELECT boot FROM boots WHERE device = ? ORDER BY boot DESC LIMIT 1',
    );
    this.#anyOf = connection.one<{ boot: number }>('SELECT boot FROM boots WHERE device = ? LIMIT 1');
    this.#allOf = connection.all<{ boot: number }>('SELECT boot FROM boots WHERE device = ?');
    this.#remove = connection.run('DELETE FROM boots WHERE boot = ?');
  }

  /** The boot's number, given to it now if it has none. */
  number(device: number, bootId: bigint): number {
    const signed = signed64(bootId);
    const boot = this.#find(device, signed) ?? this.#add(device, signed);
    if (boot === undefined) throw new Error('INSERT … RETURNING gave no row');
    return boot.boot;
  }

  /** The greatest uptime of a handshake of this boot, as far as it was written. */
  greatestUptime(deviceId: string, bootId: bigint): number | null {
    return this.#greatestUptime(deviceId, signed64(bootId))?.greatest_uptime ?? null;
  }

  raiseUptime(boot: number, uptime: number): void {
    this.#raiseUptime(uptime, boot);
  }

  /** The boot that came last, by the order in which they were met. */
  newestOf(device: number): number | undefined {
    return this.#newestOf(device)?.boot;
  }

  anyOf(device: number): number | undefined {
    return this.#anyOf(device)?.boot;
  }

  allOf(device: number): readonly number[] {
    return this.#allOf(device).map(({ boot }) => boot);
  }

  remove(boot: number): void {
    this.#remove(boot);
  }
}
