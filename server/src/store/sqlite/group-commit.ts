import { SealpostError } from '../../errors.ts';
import type { Connection } from './connection.ts';
import { refusedWrite, storageFault } from './errors.ts';

/** One member of a commit. */
export interface Write {
  /**
   * Runs inside the transaction, a second time when that could not be committed. A SealpostError, thrown before it has
   * changed anything, fails this member alone.
   */
  apply(): void;
  /** The transaction is durable. */
  committed(): void;
  /** Nothing of this write was stored. `unavailable` when that was the storage's fault. */
  failed(error: unknown): void;
}

export interface GroupCommitOptions {
  readonly connection: Connection;
  readonly maxQueued: number;
  /** What waits for a commit that others cause; each commit takes it first. */
  readonly takeLazy: () => readonly Write[];
  /** Runs first in each transaction. */
  readonly begun: () => void;
  /** Told of a failed commit that nobody waited for. */
  readonly onFault: (error: unknown) => void;
}

/** A group of this many waits for no more: its share of an fsync is small already. */
const largeGroup = 256;

type Outcome = { readonly error: unknown } | null;

/**
 * Group commit: what arrives goes into one transaction, until a turn of the event loop brings nothing more. No timer: a
 * lone write waits for one empty turn, which takes microseconds, and a crowd shares its fsync.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #queued: Write[] = [];
  #scheduled = false;
  /** How many were queued when the event loop last came round. */
  #seen = 0;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Queues a write; resolves with what `apply` gave after the durable commit, once `committed` has run. */
  submit<T>(apply: () => T, committed: (result: T) => void = () => {}): Promise<T> {
    if (this.#queued.length >= this.#options.maxQueued) {
      return Promise.reject(
        new SealpostError('resource_exhausted', 'too many readings wait to be stored: try again in a second', {
          reason: 'the write queue is full',
          retryAfterSeconds: 1,
        }),
      );
    }
    return new Promise((resolve, reject) => {
      let result: T;
      this.#queued.push({
        apply() {
          result = apply();
        },
        committed() {
          committed(result);
          resolve(result);
        },
        failed: reject,
      });
      this.schedule();
    });
  }

  /** Sees to it that a commit comes. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#turn);
  }

  /** Commits, unless this turn of the event loop brought more: then the next one may as well. */
  readonly #turn = (): void => {
    if (this.#queued.length > this.#seen && this.#queued.length < largeGroup) {
      this.#seen = this.#queued.length;
      setImmediate(this.#turn);
      return;
    }
    this.#scheduled = false;
    this.commit();
  };

  /** Commits all that waits, now. Never throws: each member learns its own fate. */
  commit(): void {
    const writes = [...this.#options.takeLazy(), ...this.#queued];
    const unattended = this.#queued.length === 0;
    this.#queued = [];
    this.#seen = 0;
    if (writes.length === 0) return;
    let outcomes: readonly Outcome[];
    try {
      outcomes = this.#store(writes);
    } catch (error) {
      const refusal = refusedWrite(`SQLite: ${storageFault(error) ?? 'unknown'}`, error);
      outcomes = writes.map(() => ({ error: refusal }));
      if (unattended) this.#options.onFault(refusal);
    }
    for (const [index, write] of writes.entries()) {
      const outcome = outcomes[index] ?? null;
      if (outcome === null) write.committed();
      else write.failed(outcome.error);
    }
  }

  /** Stores the writes in one transaction. Throws when the storage failed: then nothing was stored. */
  #store(writes: readonly Write[]): readonly Outcome[] {
    const { connection, begun } = this.#options;
    try {
      return connection.transaction(() => {
        begun();
        return writes.map(applyOne);
      });
    } catch (error) {
      if (storageFault(error) !== undefined) throw error;
    }
    // One of them has a fault of its own: each behind a savepoint, it fails alone.
    return connection.transaction(() => {
      begun();
      return writes.map((write) => {
        try {
          return connection.savepoint(() => applyOne(write));
        } catch (error) {
          if (storageFault(error) !== undefined) throw error;
          return { error };
        }
      });
    });
  }
}

function applyOne(write: Write): Outcome {
  try {
    write.apply();
    return null;
  } catch (error) {
    if (error instanceof SealpostError) return { error };
    throw error;
  }
}
