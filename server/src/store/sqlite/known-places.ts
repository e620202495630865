import type { ClockSample } from '../../readings/clock-model.ts';
import type { SessionOwner } from '../store.ts';
import type { Connection } from './connection.ts';

/** Where a session's readings go. */
export interface KnownPlace {
  readonly deviceId: string;
  readonly bootId: bigint;
  readonly device: number;
  readonly boot: number;
  /** The boot's last clock sample. */
  readonly last: ClockSample | null;
}

/** About 150 bytes each. */
const mostPlaces = 4096;

/**
 * What the last commits found out of the sessions that are in use: that the key generation is the current one, and the
 * numbers and the last sample that go with it. It saves three queries an upload. Nothing of it outlives a change that it
 * does not know of: not a commit of another process, not a transaction for anything else, not a rollback.
 */
export class KnownPlaces {
  readonly #connection: Connection;
  /** By generation, which is unique over all devices. */
  readonly #places = new Map<number, KnownPlace>();
  #version = -1;
  #rollBacks = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Call it first in a transaction, which holds the lock, so nobody else changes anything from here on. */
  begin(): void {
    const version = this.#connection.dataVersion();
    if (version !== this.#version) this.#places.clear();
    this.#version = version;
  }

  find({ deviceId, generation }: SessionOwner, bootId: bigint): KnownPlace | undefined {
    const { rollBacks } = this.#connection;
    // What was undone may have been the source of what is known.
    if (rollBacks !== this.#rollBacks) this.#places.clear();
    this.#rollBacks = rollBacks;
    const place = this.#places.get(generation);
    return place !== undefined && place.bootId === bootId && place.deviceId === deviceId ? place : undefined;
  }

  keep(generation: number, place: KnownPlace): void {
    if (this.#places.size >= mostPlaces) {
      // A Map keeps the order of insertion: the first is the oldest.
      for (const oldest of this.#places.keys()) {
        this.#places.delete(oldest);
        break;
      }
    }
    this.#places.set(generation, place);
  }

  /** A generation has ended. */
  forget(): void {
    this.#places.clear();
  }

  /** The boot has another last sample now. */
  forgetBoot(boot: number): void {
    for (const [generation, place] of this.#places) if (place.boot === boot) this.#places.delete(generation);
  }
}
