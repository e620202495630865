import type {
  AppendResult,
  ContactNote,
  HandshakeClaim,
  ReadingsAppend,
  SessionOwner,
  StoreFigures,
} from '../store.ts';
import type { ArrivalLog } from './arrival-log.ts';
import type { Blocks } from './blocks.ts';
import { Checkpoints, longestLog } from './checkpoints.ts';
import type { Connection } from './connection.ts';
import { Contacts } from './contacts.ts';
import { storageFault } from './errors.ts';
import { GroupCommit } from './group-commit.ts';
import { SessionWrites, type Tables } from './session-writes.ts';
import { Settling } from './settling.ts';
import type { SqliteReaders } from './sqlite-readers.ts';
import type { StoreRunner } from './store-runner.ts';
import { WalSync } from './wal-sync.ts';

export interface SessionsParts {
  readonly tables: Tables;
  readonly log: ArrivalLog;
  readonly blocks: Blocks;
  /** Told of what has arrived. */
  readonly readers: SqliteReaders;
  /** Other processes take handshakes too. */
  readonly shared: boolean;
  /** This process settles readings. */
  readonly settles: boolean;
}

export interface SessionsOptions {
  /** So many appends may wait for a commit; one more is refused. */
  readonly maxQueuedAppends?: number;
  /** Readings in the log of arrivals before any are settled, at least; for tests. */
  readonly leastSettled?: number;
  /** A disk that is slow, or fails, for tests. */
  readonly sync?: () => Promise<void>;
  /** Told of what no caller learns: notes of devices that could not be written, readings that can't be settled. */
  readonly onFault?: (error: unknown) => void;
}

/**
 * What the sessions of devices do to the SQLite store, and how that gets to the disk: in group commits, each with a step
 * of settling where this process settles.
 */
export class SqliteSessions {
  readonly #connection: Connection;
  readonly #runner: StoreRunner;
  readonly #tables: Tables;
  readonly #log: ArrivalLog;
  readonly #readers: SqliteReaders;
  readonly #shared: boolean;
  readonly #writes: SessionWrites;
  readonly #contacts: Contacts;
  readonly #commits: GroupCommit;
  readonly #walSync: WalSync;
  /** Of the process that settles. */
  readonly #checkpoints: Checkpoints | undefined;
  /** Of what was added to the log, what Checkpoints has been told. */
  #countedBytes = 0;

  constructor(connection: Connection, runner: StoreRunner, parts: SessionsParts, options: SessionsOptions) {
    const { tables, log, blocks, readers } = parts;
    const { onFault = () => {} } = options;
    this.#connection = connection;
    this.#runner = runner;
    this.#tables = tables;
    this.#log = log;
    this.#readers = readers;
    this.#shared = parts.shared;
    this.#writes = new SessionWrites(tables, (device) => readers.resolvedAgain(device));
    this.#contacts = new Contacts(this.#writes, onFault);
    const settling = parts.settles ? new Settling(log, blocks, onFault, options.leastSettled) : null;
    this.#walSync = new WalSync(connection.path);
    if (settling !== null) this.#checkpoints = new Checkpoints(connection.path, onFault);
    // That of another process will do as well.
    if (settling !== null || parts.shared) connection.execute(`PRAGMA wal_autocheckpoint = ${longestLog}`);
    this.#commits = new GroupCommit({
      connection,
      maxQueued: options.maxQueuedAppends ?? 10_000,
      busyTimeoutMilliseconds: connection.busyTimeoutMilliseconds,
      takeLazy: () => this.#contacts.take(),
      hasLazy: () => this.#contacts.any,
      begun: () => readers.catchUp(),
      finish: () => this.#finish(settling),
      failed: () => settling?.failed(),
      sync: options.sync ?? (() => this.#walSync.sync()),
      onFault,
    });
  }

  /** See ArrivalLog; for the process that settles, when it begins. */
  skipNumbersAtRisk(): void {
    try {
      this.#connection.transaction(() => {
        this.#readers.catchUp();
        this.#log.skipNumbersAtRisk();
      });
    } catch (error) {
      // A full disk can be read from all the same.
      if (storageFault(error) === undefined) throw error;
    }
  }

  async confirmGeneration(owner: SessionOwner): Promise<void> {
    // Nearly always: nothing to write.
    if (await this.#runner.ask(() => this.#tables.generations.isCurrent(owner))) return;
    this.#runner.requireOpen();
    await this.#commits.submit(() => this.#tables.generations.confirm(owner));
  }

  claimHandshake(claim: HandshakeClaim, mayPass: () => void = () => {}): Promise<boolean> {
    if (this.#shared) return this.#claimBeforeOthers(claim, mayPass);
    return this.#runner.ask(() => {
      this.#tables.places.forgetSession(claim.generation);
      const written = this.#tables.boots.greatestUptime(claim.deviceId, claim.bootId);
      const accepted = this.#contacts.claim(claim, written, mayPass);
      if (this.#contacts.pressing) this.#commits.schedule();
      return accepted;
    });
  }

  noteContact(note: ContactNote): void {
    if (this.#runner.closed) return;
    this.#contacts.note(note);
    if (this.#contacts.pressing) this.#commits.schedule();
  }

  flush(): void {
    if (!this.#runner.closed && this.#contacts.waiting) this.#commits.schedule();
  }

  async appendReadings(append: ReadingsAppend): Promise<AppendResult> {
    this.#runner.requireOpen();
    const { stored, duplicates } = await this.#commits.submit(
      () => this.#writes.append(append),
      (appended) => this.#readers.arrived(appended),
    );
    return { stored, duplicates };
  }

  figures(): StoreFigures {
    return {
      ...this.#commits.figures,
      waitingWrites: this.#commits.waiting,
      unsettledReadings: this.#log.pending.readings,
    };
  }

  /** Commits what waits. */
  async close(): Promise<void> {
    await this.#commits.close();
    this.#walSync.close();
    await this.#checkpoints?.close();
  }

  /** The last step of a commit's transaction; what it gives follows the commit. */
  #finish(settling: Settling | null): () => void {
    const settled = settling?.step();
    const { addedBytes } = this.#log;
    return () => {
      settled?.();
      this.#checkpoints?.committed(addedBytes - this.#countedBytes);
      this.#countedBytes = addedBytes;
    };
  }

  /** Written at once: another worker may be sent the same message, and has to find the claim in the database. */
  async #claimBeforeOthers(claim: HandshakeClaim, mayPass: () => void): Promise<boolean> {
    this.#tables.places.forgetSession(claim.generation);
    // Most replays end here, without a transaction.
    if (await this.#runner.ask(() => this.#writes.isClaimed(claim))) return false;
    const ask = askedOnce(mayPass);
    return this.#commits.submit(() => {
      if (this.#writes.isClaimed(claim)) return false;
      ask();
      this.#writes.claim(claim);
      return true;
    });
  }
}

/** For a write, which runs again when its commit could not be made: the same answer without asking again. */
function askedOnce(ask: () => void): () => void {
  let answer: (() => void) | undefined;
  return () => {
    if (answer !== undefined) return answer();
    try {
      ask();
      answer = () => {};
    } catch (error) {
      answer = () => {
        throw error;
      };
    }
    answer();
  };
}
