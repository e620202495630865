import type { Connection } from './connection.ts';
import { asStoreError, refusedWrite } from './errors.ts';

/** How the store runs what it is asked, as long as it is open. */
export class StoreRunner {
  readonly #connection: Connection;
  #closed = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get closed(): boolean {
    return this.#closed;
  }

  close(): void {
    this.#closed = true;
  }

  /** Throws `unavailable` when the store is closed. */
  requireOpen(): void {
    if (this.#closed) throw refusedWrite('the store is closed');
  }

  /** Rejects when the store is closed, and with `unavailable` when the storage fails. */
  async ask<T>(work: () => T): Promise<T> {
    this.requireOpen();
    try {
      return work();
    } catch (error) {
      throw asStoreError(error);
    }
  }

  /** The same in a transaction. */
  change<T>(work: () => T): Promise<T> {
    return this.ask(() => this.#connection.transaction(work));
  }
}
