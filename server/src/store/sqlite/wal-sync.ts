import { close, fdatasync, openSync } from 'node:fs';

/**
 * Makes commits durable beside the event loop. SQLite writes a transaction to the end of the write-ahead log, and with
 * `synchronous = FULL` waits there until the disk has it. With NORMAL it leaves that out, and all else is the same: the
 * log is synced before a checkpoint, and so is its header when it starts afresh (sqlite.org/pragma.html#pragma_synchronous).
 * So a commit under NORMAL and then a sync of the log is a commit under FULL, with the wait on a thread of libuv's.
 *
 * Closing a file drops the process's POSIX locks on it; SQLite has none on the log.
 */
export class WalSync {
  readonly #path: string;
  #file: number | undefined;

  /** The database's path. */
  constructor(database: string) {
    this.#path = `${database}-wal`;
  }

  /** Rejects when the disk fails: then nobody knows what it has. */
  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      try {
        // Writable, as Windows asks for it. The file stays the same one while any connection is open.
        this.#file ??= openSync(this.#path, 'r+');
        fdatasync(this.#file, (error) => (error ? reject(error) : resolve()));
      } catch (error) {
        reject(error);
      }
    });
  }

  close(): void {
    if (this.#file !== undefined) close(this.#file, () => {});
    this.#file = undefined;
  }
}
