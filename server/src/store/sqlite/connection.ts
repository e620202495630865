import { accessSync, closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { OperatorError } from '../../errors.ts';
import { asOpeningError, codeOf } from './errors.ts';

export type Query<Row> = (...values: SQLInputValue[]) => Row;

/** One SQLite connection: statements are prepared once, and run as functions. */
export class Connection {
  readonly #database: DatabaseSync;
  readonly #begin: Query<number>;
  readonly #commit: Query<number>;
  readonly #dataVersion: Query<{ data_version: number } | undefined>;
  #rollBacks = 0;

  constructor(database: DatabaseSync) {
    this.#database = database;
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

  /** Runs `work` between BEGIN IMMEDIATE and COMMIT; when it or the commit throws, nothing of it was stored. */
  transaction<T>(work: () => T): T {
    this.#begin();
    try {
      const result = work();
      this.#commit();
      return result;
    } catch (error) {
      this.#rollBack('ROLLBACK');
      throw error;
    }
  }

  /** Runs `work` so that, when it throws, only its own part of the transaction around it is undone. */
  savepoint<T>(work: () => T): T {
    this.#database.exec('SAVEPOINT member');
    try {
      const result = work();
      this.#database.exec('RELEASE member');
      return result;
    } catch (error) {
      this.#rollBack('ROLLBACK TO member; RELEASE member');
      throw error;
    }
  }

  /** Changes whenever another connection, of this process or another, has committed. */
  dataVersion(): number {
    return this.#dataVersion()?.data_version ?? 0;
  }

  /** Transactions and savepoints that were undone. */
  get rollBacks(): number {
    return this.#rollBacks;
  }

  /** What a full disk looks like: no page beyond this many. Tests say so; 0 leaves it as it is. */
  limitPages(pages: number): void {
    this.#database.exec(`PRAGMA max_page_count = ${Math.trunc(pages)}`);
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #rollBack(sql: string): void {
    this.#rollBacks += 1;
    // SQLite itself has rolled back after a full disk and the like; and a failing rollback must not hide its cause.
    if (!this.#database.isTransaction) return;
    try {
      this.#database.exec(sql);
    } catch {}
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
      PRAGMA journal_size_limit = 16777216;
      PRAGMA cache_size = -16000;
    `);
    const connection = new Connection(database);
    if (options.maxPageCount !== undefined) connection.limitPages(options.maxPageCount);
    return connection;
  } catch (error) {
    if (database?.isOpen) database.close();
    throw asOpeningError(path, error);
  }
}
