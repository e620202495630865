import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { OperatorError } from '../../errors.ts';
import { makeDatabaseFile, makeDataDirectory } from './connection.ts';
import { asOpeningError, storageFault } from './errors.ts';

export interface ServerLock {
  release(): void;
}

/** Nobody may collect these as garbage: that would close them and end the lock. */
const held = new Set<DatabaseSync>();

/**
 * Makes this the one server of the data directory. The lock is an exclusive transaction on an empty SQLite database of
 * its own, so the operating system ends it with the process, however that ends. Throws an OperatorError when another
 * server has it.
 */
export function acquireServerLock(dataDirectory: string): ServerLock {
  const directory = makeDataDirectory(dataDirectory);
  const path = join(directory, 'server.lock');
  let database: DatabaseSync | undefined;
  try {
    makeDatabaseFile(path);
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    if (storageFault(error) === 'BUSY') {
      throw new OperatorError(
        `another sealpost server is running on ${directory}: stop it, or give this one a data directory of its own.`,
      );
    }
    throw asOpeningError(path, error);
  }
  const lock = database;
  held.add(lock);
  return {
    release() {
      if (held.delete(lock)) lock.close();
    },
  };
}
