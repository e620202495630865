import type { SessionTable } from '../session/session-table.ts';
import type { Store } from '../store/store.ts';

/** How many slots of the session table a call looks at for expired sessions: a full table takes three minutes. */
const slotsPerCall = 1024;

/**
 * Keeps the session table true to the store: drops the sessions of keys that were rotated out, revoked or removed, by
 * this process or another. Call it about once a second. The store refuses such a session's records from the commit
 * on in any case; this ends the session itself (docs/protocol-v1.md, section 3).
 */
export class EndedSessions {
  readonly #store: Store;
  readonly #sessions: SessionTable;
  #cursor: number;

  private constructor(store: Store, sessions: SessionTable, cursor: number) {
    this.#store = store;
    this.#sessions = sessions;
    this.#cursor = cursor;
  }

  /** Begins with what ends from now on: no session is older than its process. */
  static async begin(store: Store, sessions: SessionTable): Promise<EndedSessions> {
    return new EndedSessions(store, sessions, await store.endedGenerationsCursor());
  }

  async drop(): Promise<void> {
    const { cursor, ended } = await this.#store.endedGenerations(this.#cursor);
    for (const { deviceId, generation } of ended) this.#sessions.dropGeneration(deviceId, generation);
    this.#cursor = cursor;
    this.#sessions.sweep(slotsPerCall);
  }
}
