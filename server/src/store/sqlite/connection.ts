import { accessSync, closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { OperatorError } from '../../errors.ts';
import { asOpeningError, codeOf, storageFault } from './errors.ts';

export type Query<Row> = (...values: SQLInputValue[]) => Row;

/** One SQLite connection: statements are prepared once, and run as functions. */
export class Connection {
  readonly #database: DatabaseSync;
  readonly #begin: Query<number>;
  readonly #commit: Query<number>;
  readonly #dataVersion: Query<{ data_version: number } | undefined>;
  readonly #beginReading: Query<number>;
  /** How long a transaction waits for another process's. */
  readonly busyTimeoutMilliseconds: number;
  /** Takes back what memory learnt in the transaction that runs. */
  readonly #undo: (() => void)[] = [];

  constructor(database: DatabaseSync, busyTimeoutMilliseconds = 0) {
    this.#database = database;
    this.busyTimeoutMilliseconds = Math.trunc(busyTimeoutMilliseconds);
    this.#beginReading = this.run('BEGIN');
    this.#begin = this.run('BEGIN IMMEDIATE');
    this.#commit = this.run('COMMIT');
    this.#dataVersion = this.one('PRAGMA data_version');
  }

  /** A query of one row. `Row` is what the statement gives: the schema is the witness. */
  one<Row>(sql: string): Query<Row | undefined> {
    const statement = this.#database.prepare(sql);
    return (...values) => statement.get(...values) as Row | undefined;
  }

  all<Row>(sql: string): Query<Row[]> {
    const statement = this.#database.prepare(sql);
    return (...values) => statement.all(...values) as Row[];
  }

  /** The same row by row, for many: nothing else may be asked of it meanwhile. */
  each<Row>(sql: string): Query<Iterable<Row>> {
    const statement = this.#database.prepare(sql);
    return (...values) => statement.iterate(...values) as Iterable<Row>;
  }

  /** A statement that gives the number of rows it changed. */
  run(sql: string): Query<number> {
    const statement = this.#database.prepare(sql);
    return (...values) => Number(statement.run(...values).changes);
  }

  execute(sql: string): void {
    this.#database.exec(sql);
  }

  /**
   * Runs `work` between BEGIN IMMEDIATE and COMMIT; when it or the commit throws, nothing of it was stored. Waits for
   * another process's transaction, and everything of this process with it, as long as the busy timeout.
   */
  transaction<T>(work: () => T): T {
    this.#begin();
    return this.#commitOf(work);
  }

  /**
   * The same without any waiting: undefined, and nothing done, while another process has the lock; and not durable when
   * it returns, but after the next sync of the write-ahead log.
   */
  transactionUnlessBusy<T>(work: () => T): T | undefined {
    this.#database.exec('PRAGMA busy_timeout = 0; PRAGMA synchronous = NORMAL');
    try {
      try {
        this.#begin();
      } catch (error) {
        if (storageFault(error) === 'BUSY') return undefined;
        throw error;
      }
      return this.#commitOf(work);
    } finally {
      this.#database.exec(`PRAGMA busy_timeout = ${this.busyTimeoutMilliseconds}; PRAGMA synchronous = FULL`);
    }
  }

  #commitOf<T>(work: () => T): T {
    this.#undo.length = 0;
    try {
      const result = work();
      this.#commit();
      this.#undo.length = 0;
      return result;
    } catch (error) {
      this.#rollBack('ROLLBACK', 0);
      throw error;
    }
  }

  /** Runs `work` so that, when it throws, only its own part of the transaction around it is undone. */
  savepoint<T>(work: () => T): T {
    const mark = this.#undo.length;
    this.#database.exec('SAVEPOINT member');
    try {
      const result = work();
      this.#database.exec('RELEASE member');
      return result;
    } catch (error) {
      this.#rollBack('ROLLBACK TO member; RELEASE member', mark);
      throw error;
    }
  }

  /** Several queries that see the database at one moment, whatever other processes commit meanwhile. */
  snapshot<T>(work: () => T): T {
    this.#beginReading();
    try {
      return work();
    } finally {
      this.#commit();
    }
  }

  /** Inside a transaction: what has to be taken back in memory should it, or the savepoint it is in, be undone. */
  onRollBack(step: () => void): void {
    this.#undo.push(step);
  }

  /** The database's file; empty for one in memory. */
  get path(): string {
    return this.#database.location() ?? '';
  }

  /** Changes whenever another connection, of this process or another, has committed. */
  dataVersion(): number {
    return this.#dataVersion()?.data_version ?? 0;
  }

  /** What a full disk looks like: no page beyond this many. Tests say so; 0 leaves it as it is. */
  limitPages(pages: number): void {
    this.#database.exec(`PRAGMA max_page_count = ${Math.trunc(pages)}`);
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #rollBack(sql: string, mark: number): void {
    // SQLite itself has rolled back after a full disk and the like; and a failing rollback must not hide its cause.
    if (this.#database.isTransaction) {
      try {
        this.#database.exec(sql);
      } catch {}
    }
    for (const step of this.#undo.splice(mark).reverse()) step();
  }
}

/** Makes the data directory, for its owner only, unless it is there; gives its absolute path. */
export function makeDataDirectory(dataDirectory: string): string {
  const path = resolve(dataDirectory);
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return path;
  } catch (error) {
    throw asOpeningError(path, error);
  }
}

/**
 * Makes the file for its owner only, unless it is there; SQLite gives its -wal and -shm files the same mode.
 * An existing file is not opened: closing it again would drop every lock that this process has on it (fcntl(2)).
 */
export function makeDatabaseFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    accessSync(path, constants.R_OK | constants.W_OK);
  }
}

export interface ConnectionOptions {
  readonly busyTimeoutMilliseconds: number;
  readonly maxPageCount?: number | undefined;
}

/** Opens the database, made when it is not there. Throws an OperatorError that says what to do. */
export function openConnection(path: string, options: ConnectionOptions): Connection {
  let database: DatabaseSync | undefined;
  try {
    makeDatabaseFile(path);
    database = new DatabaseSync(path, { timeout: options.busyTimeoutMilliseconds, enableForeignKeyConstraints: true });
    const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode;
    if (mode !== 'wal') {
      throw new OperatorError(`${path} is on a file system that can't share memory: put the data on a local disk.`);
    }
    // FULL: a commit has reached the disk when it returns. The checkpoint's pace and the limit are for SD cards: pages
    // that many commits change are written back once in 4 MB of log, and the log does not stay large after a storm.
    database.exec(`
      PRAGMA synchronous = FULL;
      PRAGMA wal_autocheckpoint = 1000;
      PRAGMA journal_size_limit = 33554432;
      PRAGMA cache_size = -16000;
    `);
    const connection = new Connection(database, options.busyTimeoutMilliseconds);
    if (options.maxPageCount !== undefined) connection.limitPages(options.maxPageCount);
    return connection;
  } catch (error) {
    if (database?.isOpen) database.close();
    throw asOpeningError(path, error);
  }
}
