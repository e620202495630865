import { OperatorError } from '../errors.ts';
import type { AuditedAct, AuditNote } from '../store/access-store.ts';
import type { Store } from '../store/store.ts';
import type { Micros } from '../time.ts';
import { type Actor, doneNote } from './actor.ts';

export interface DeviceAdminOptions {
  readonly store: Store;
  /** Of the machine's own clock. */
  readonly now: () => Micros;
}

/**
 * What operators do with devices, each with its line in the audit, also when it was refused. Every method rejects with
 * an OperatorError when the id is taken, or when there is no such device.
 */
export class DeviceAdmin {
  readonly #store: Store;
  readonly #now: () => Micros;

  constructor({ store, now }: DeviceAdminOptions) {
    this.#store = store;
    this.#now = now;
  }

  add(deviceId: string, key: Buffer, by: Actor): Promise<void> {
    return this.#audited('add device', deviceId, by, (note, now) => this.#store.addDevice(deviceId, key, now, note));
  }

  /** The old key works until the new one is used, or ends at once. */
  rotate(deviceId: string, key: Buffer, atOnce: boolean, by: Actor): Promise<void> {
    return this.#audited('rotate key', deviceId, by, (note) => this.#store.rotateKey(deviceId, key, { atOnce }, note));
  }

  revoke(deviceId: string, by: Actor): Promise<void> {
    return this.#audited('revoke device', deviceId, by, (note) => this.#store.revokeDevice(deviceId, note));
  }

  remove(deviceId: string, by: Actor): Promise<{ readonly readings: number }> {
    return this.#audited('remove device', deviceId, by, (note) => this.#store.removeDevice(deviceId, note));
  }

  async #audited<T>(
    act: AuditedAct,
    deviceId: string,
    by: Actor,
    run: (note: AuditNote, now: Micros) => Promise<T>,
  ): Promise<T> {
    const now = this.#now();
    const note = doneNote(act, deviceId, by, now);
    try {
      return await run(note, now);
    } catch (error) {
      if (error instanceof OperatorError) await this.#store.access.appendAudit({ ...note, outcome: 'refused' });
      throw error;
    }
  }
}
