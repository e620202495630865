import { noSuchDevice, OperatorError, unauthenticated } from '../../errors.ts';
import { deviceKeyPlace, type MasterKey } from '../master-key.ts';
import type { DeviceKey, EndedGenerations, SessionOwner } from '../store.ts';
import type { Connection } from './connection.ts';
import { damagedKey } from './errors.ts';

const keyLength = 32;

interface DeviceRow {
  readonly device: number;
  readonly current_generation: number | null;
  readonly pending_generation: number | null;
}

/**
 * The devices' keys and their generations (docs/protocol-v1.md, section 3). Everything that writes here runs inside a
 * transaction of the caller's.
 */
export class Generations {
  readonly #masterKey: MasterKey;
  readonly #onEnd: () => void;
  readonly #find;
  readonly #addDevice;
  readonly #setGenerations;
  readonly #addKey;
  readonly #sealKey;
  readonly #keysOf;
  readonly #deleteKey;
  readonly #addEnded;
  readonly #endedSince;
  readonly #lastEnded;

  /** `onEnd`: a generation ends, if the transaction succeeds. */
  constructor(connection: Connection, masterKey: MasterKey, onEnd: () => void) {
    this.#masterKey = masterKey;
    this.#onEnd = onEnd;
    this.#find = connection.one<DeviceRow>(
      'SELECT device, current_generation, pending_generation FROM devices WHERE device_id = ?',
    );
    this.#addDevice = connection.one<{ device: number }>(
      'INSERT INTO devices (device_id, added_at) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING device',
    );
    this.#setGenerations = connection.run(
      'UPDATE devices SET current_generation = ?, pending_generation = ? WHERE device = ?',
    );
    this.#addKey = connection.one<{ generation: number }>(
      "INSERT INTO device_keys (device, sealed_key) VALUES (?, x'') RETURNING generation",
    );
    this.#sealKey = connection.run('UPDATE device_keys SET sealed_key = ? WHERE generation = ?');
    this.#keysOf = connection.all<{ generation: number; sealed_key: Uint8Array }>(
      'SELECT generation, sealed_key FROM device_keys WHERE device = ? ORDER BY generation DESC',
    );
    this.#deleteKey = connection.run('DELETE FROM device_keys WHERE generation = ?');
    this.#addEnded = connection.run('INSERT INTO ended_generations (device_id, generation) VALUES (?, ?)');
    this.#endedSince = connection.all<{ position: number; device_id: string; generation: number }>(
      'SELECT position, device_id, generation FROM ended_generations WHERE position > ? ORDER BY position',
    );
    this.#lastEnded = connection.one<{ position: number }>(
      'SELECT ifnull(max(position), 0) AS position FROM ended_generations',
    );
  }

  /** The device's number in this database; undefined when there is no such device. */
  deviceNumber(deviceId: string): number | undefined {
    return this.#find(deviceId)?.device;
  }

  add(deviceId: string, key: Buffer, now: number): void {
    const added = this.#addDevice(deviceId, now);
    if (added === undefined) {
      throw new OperatorError(`there is a device ${deviceId} already: choose another id, or rotate its key.`);
    }
    this.#setGenerations(this.#newKey(deviceId, added.device, key), null, added.device);
  }

  rotate(deviceId: string, key: Buffer, atOnce: boolean): void {
    const row = this.#require(deviceId);
    const { device, current_generation: current, pending_generation: pending } = row;
    if (pending !== null) this.#end(deviceId, pending);
    if (current !== null && atOnce) this.#end(deviceId, current);
    const generation = this.#newKey(deviceId, device, key);
    // After a revocation there is no current key for the new one to wait beside.
    if (current === null || atOnce) this.#setGenerations(generation, null, device);
    else this.#setGenerations(current, generation, device);
  }

  /** Ends every key; gives the device's number. */
  revoke(deviceId: string): number {
    const { device, current_generation: current, pending_generation: pending } = this.#require(deviceId);
    for (const generation of [current, pending]) if (generation !== null) this.#end(deviceId, generation);
    this.#setGenerations(null, null, device);
    return device;
  }

  /** The number of the session's device, or undefined when its generation is neither current nor pending. */
  admit(owner: SessionOwner): number | undefined {
    const row = this.#find(owner.deviceId);
    const { generation } = owner;
    if (row === undefined) return undefined;
    return row.current_generation === generation || row.pending_generation === generation ? row.device : undefined;
  }

  /** The same for a valid record: a pending generation becomes the current one, and one that has ended is refused. */
  confirm(owner: SessionOwner): number {
    const { deviceId, generation } = owner;
    const row = this.#find(deviceId);
    if (row === undefined) throw unauthenticated(`there is no device ${deviceId} any more`);
    if (row.pending_generation === generation) {
      if (row.current_generation !== null) this.#end(deviceId, row.current_generation);
      this.#setGenerations(generation, null, row.device);
    } else if (row.current_generation !== generation) {
      throw unauthenticated(`key generation ${generation} of ${deviceId} has ended`);
    }
    return row.device;
  }

  isCurrent(owner: SessionOwner): boolean {
    return this.#find(owner.deviceId)?.current_generation === owner.generation;
  }

  /** The keys in plaintext, for the caller to wipe; the pending one, being newer, first. */
  keys(deviceId: string): DeviceKey[] {
    const row = this.#find(deviceId);
    if (row === undefined) return [];
    const keys: DeviceKey[] = [];
    for (const { generation, sealed_key } of this.#keysOf(row.device)) {
      const state = generation === row.pending_generation ? 'pending' : 'current';
      if (state === 'current' && generation !== row.current_generation) continue;
      const key = this.#masterKey.open(sealed_key, deviceKeyPlace(deviceId, generation));
      if (key === null) {
        for (const opened of keys) opened.key.fill(0);
        throw damagedKey(deviceId, generation);
      }
      keys.push({ generation, state, key });
    }
    return keys;
  }

  ended(cursor: number): EndedGenerations {
    const rows = this.#endedSince(cursor);
    return {
      cursor: rows.at(-1)?.position ?? cursor,
      ended: rows.map((row) => ({ deviceId: row.device_id, generation: row.generation })),
    };
  }

  endedCursor(): number {
    return this.#lastEnded()?.position ?? 0;
  }

  #require(deviceId: string): DeviceRow {
    const row = this.#find(deviceId);
    if (row === undefined) throw noSuchDevice(deviceId);
    return row;
  }

  #newKey(deviceId: string, device: number, key: Buffer): number {
    if (key.length !== keyLength) throw new RangeError(`a device key has ${keyLength} bytes`);
    const added = this.#addKey(device);
    if (added === undefined) throw new Error('INSERT … RETURNING gave no row');
    // Sealed after the row is there: its number is a part of what the seal binds the key to.
    this.#sealKey(this.#masterKey.seal(key, deviceKeyPlace(deviceId, added.generation)), added.generation);
    return added.generation;
  }

  #end(deviceId: string, generation: number): void {
    this.#addEnded(deviceId, generation);
    this.#deleteKey(generation);
    this.#onEnd();
  }
}
