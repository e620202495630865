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
  readonly hasLazy: () => boolean;
  /** Runs first in each transaction. */
  readonly begun: () => void;
  /** Runs last in each transaction; what it gives runs once that is committed. A transaction with it failed: tell it. */
  readonly finish: () => () => void;
  readonly failed: () => void;
  /** How long a commit waits for another process's transaction before its members fail. */
  readonly busyTimeoutMilliseconds: number;
  /** Resolves when all that was committed is on the disk. */
  readonly sync: () => Promise<void>;
  /** Told of a failed commit that nobody waited for. */
  readonly onFault: (error: unknown) => void;
}

/** A group of this many, or that has waited for so many turns, waits for no more. */
const largeGroup = 256;
const mostTurns = 16;
const busyRetryMilliseconds = 1;

type Outcome = { readonly error: unknown } | null;

/** What was committed together, with what became of each member: null is stored. */
interface Group {
  readonly writes: readonly Write[];
  readonly outcomes: readonly Outcome[];
}

/**
 * Group commit: what arrives goes into one transaction, until a turn of the event loop brings nothing more. No timer: a
 * lone write waits for one empty turn, which takes microseconds, and a crowd shares its fsync. That runs beside the event
 * loop, which answers others meanwhile and gathers the next group: an SD card can take 20 ms for it.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #queued: Write[] = [];
  /** Those that others' commits would have taken along, once a commit has had the lock. */
  #lazy: readonly Write[] = [];
  #scheduled = false;
  /** How many were queued when the event loop last came round. */
  #seen = 0;
  #turns = 0;
  /** Since when another process's transaction holds this one's commit up. */
  #busySince: number | null = null;
  /** The sync of the group that was committed last. */
  #syncing: Promise<void> = Promise.resolve();
  /** Why nothing is stored any more. */
  #broken: SealpostError | null = null;

  /** Since the start; a transaction's time has the disk's part in it. */
  readonly figures = { commits: 0, committedWrites: 0, commitSeconds: 0, failedCommits: 0 };

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Writes that wait for their commit. */
  get waiting(): number {
    return this.#queued.length;
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
    this.#turns += 1;
    if (this.#queued.length > this.#seen && this.#queued.length < largeGroup && this.#turns < mostTurns) {
      this.#seen = this.#queued.length;
      setImmediate(this.#turn);
      return;
    }
    this.#commitUnlessBusy();
  };

  /**
   * Another process's transaction must not stop this one's event loop: the commit is tried again while devices are
   * answered, and what comes meanwhile goes with it.
   */
  readonly #commitUnlessBusy = (): void => {
    const now = performance.now();
    this.#busySince ??= now;
    const mayRetry = now - this.#busySince < this.#options.busyTimeoutMilliseconds;
    const group = this.#commit(mayRetry ? 'retry' : 'refuse');
    if (group === 'busy') {
      setTimeout(this.#commitUnlessBusy, busyRetryMilliseconds);
      return;
    }
    this.#busySince = null;
    this.#turns = 0;
    this.#syncing = this.#settle(group).then(() => {
      this.#scheduled = false;
      // What came meanwhile asked in vain.
      if (this.#queued.length > 0) this.schedule();
    });
  };

  /** Commits what waits and resolves when it is on the disk. Take no more before that. */
  async close(): Promise<void> {
    await this.#syncing;
    const group = this.#commit('wait');
    if (group !== 'busy') await this.#settle(group);
  }

  /** Tells the members of a group their fate, those that were stored once that is durable. Never rejects. */
  async #settle({ writes, outcomes }: Group): Promise<void> {
    let broken: SealpostError | null = null;
    const began = performance.now();
    if (outcomes.includes(null)) {
      try {
        await this.#options.sync();
      } catch (error) {
        // After a failed fsync nobody knows what the disk has (and Linux forgets that it failed): to go on would be to
        // send receipts for readings that may be gone. A restart reads what is really there.
        broken = refusedWrite('the disk did not take what was written to it: check it, then restart the server', error);
        this.#broken = broken;
        this.#options.onFault(broken);
      }
    }
    this.figures.commitSeconds += (performance.now() - began) / 1000;
    for (const [index, write] of writes.entries()) {
      const outcome = outcomes[index] ?? null;
      if (outcome !== null) write.failed(outcome.error);
      else if (broken !== null) write.failed(broken);
      else write.committed();
    }
  }

  /**
   * Commits all that waits, now. Never throws. With another process in the way it waits, or refuses the members, or, for
   * a retry, says so and nothing has happened.
   */
  #commit(ifBusy: 'wait' | 'refuse' | 'retry'): Group | 'busy' {
    const unattended = this.#queued.length === 0;
    if (unattended && this.#lazy.length === 0 && !this.#options.hasLazy()) return { writes: [], outcomes: [] };
    const all = () => [...this.#lazy, ...this.#queued];
    const began = performance.now();
    let outcomes: readonly Outcome[] | undefined;
    try {
      if (this.#broken !== null) throw this.#broken;
      outcomes = this.#store(() => {
        if (this.#lazy.length === 0) this.#lazy = this.#options.takeLazy();
        return all();
      }, ifBusy === 'wait');
      if (outcomes === undefined && ifBusy === 'retry') return 'busy';
      if (outcomes === undefined) throw refusedWrite('SQLite: BUSY');
      this.figures.commits += 1;
      this.figures.committedWrites += outcomes.length;
      this.figures.commitSeconds += (performance.now() - began) / 1000;
    } catch (error) {
      this.figures.failedCommits += 1;
      this.#options.failed();
      const refusal =
        error instanceof SealpostError ? error : refusedWrite(`SQLite: ${storageFault(error) ?? 'unknown'}`, error);
      if (unattended) this.#options.onFault(refusal);
      outcomes = all().map(() => ({ error: refusal }));
    }
    const writes = all();
    this.#lazy = [];
    this.#queued = [];
    this.#seen = 0;
    return { writes, outcomes };
  }

  /**
   * Stores what `take` gives in one transaction. Throws when the storage failed: then nothing was stored. Undefined, and
   * nothing taken either, when another process is in the way and this is not to wait for it.
   */
  #store(take: () => readonly Write[], waits: boolean): readonly Outcome[] | undefined {
    const { connection, begun, finish, failed } = this.#options;
    const transaction = <T>(work: () => T) =>
      waits ? connection.transaction(work) : connection.transactionUnlessBusy(work);
    try {
      let finished = () => {};
      const outcomes = transaction(() => {
        begun();
        const applied = take().map(applyOne);
        finished = finish();
        return applied;
      });
      if (outcomes !== undefined) finished();
      return outcomes;
    } catch (error) {
      if (storageFault(error) !== undefined) throw error;
      failed();
    }
    // One of them has a fault of its own: each behind a savepoint, it fails alone.
    return transaction(() => {
      begun();
      return take().map((write) => {
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
