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
 * numbers and the last sample that go with it. It saves three queries an upload. Nothing of it outlives the end of any
 * generation, here or in another process, nor a rollback.
 */
export class KnownPlaces {
  readonly #connection: Connection;
  /** By generation, which is unique over all devices. */
  readonly #places = new Map<number, KnownPlace>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  find({ deviceId, generation }: SessionOwner, bootId: bigint): KnownPlace | undefined {
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
    // What is undone may have been the source of what is known.
    this.#connection.onRollBack(() => this.#places.clear());
  }

  /** A generation has ended. */
  forget(): void {
    this.#places.clear();
  }

  /** The device shakes hands: it may have been with another process, which keeps samples of its own. */
  forgetSession(generation: number): void {
    this.#places.delete(generation);
  }

  /** The boot has another last sample now. */
  forgetBoot(boot: number): void {
    for (const [generation, place] of this.#places) if (place.boot === boot) this.#places.delete(generation);
  }
}
