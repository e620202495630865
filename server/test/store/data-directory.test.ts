import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { OperatorError } from '../../src/errors.ts';
import { openConnection } from '../../src/store/sqlite/connection.ts';
import { migrations } from '../../src/store/sqlite/schema.ts';
import { startChild } from './child.ts';
import { addDevice, batch, noon, reading } from './fixtures.ts';
import { makeSqlitePlace, type SqlitePlace } from './sqlite-place.ts';

describe('the data directory', () => {
  let place: SqlitePlace;
  beforeEach(() => {
    place = makeSqlitePlace();
  });
  afterEach(() => place.dispose());

  /** Makes a database with readings, closes it, and lets `change` happen to it. */
  async function withReadings(change: () => void): Promise<void> {
    const store = await place.open();
    const owner = await addDevice(store);
    const readings = Array.from({ length: 2000 }, (_, index) => reading(index + 1));
    await store.appendReadings({ ...owner, batch: batch(readings), receivedAt: noon });
    await store.close();
    change();
  }

  /** What another process, not root's, that opens it says first. */
  async function openAsAnyUser(): Promise<string | undefined> {
    const child = startChild('openAsAnyUser', place.directory);
    const said = await child.line();
    await child.finish();
    return said;
  }

  function execute(sql: string): void {
    const database = new DatabaseSync(place.database);
    database.exec(sql);
    database.close();
  }

  test('and all that is in it is for its owner only', async () => {
    const store = await place.open({ exclusive: true });
    await addDevice(store);
    const modes = (names: string[]) => names.map((name) => [name, statSync(join(place.directory, name)).mode & 0o777]);
    expect(statSync(place.directory).mode & 0o777).toBe(0o700);
    expect(modes(readdirSync(place.directory).sort())).toEqual([
      ['master.key', 0o600],
      ['sealpost.db', 0o600],
      ['sealpost.db-shm', 0o600],
      ['sealpost.db-wal', 0o600],
      ['server.lock', 0o600],
    ]);
  });

  test('where nobody may write is refused', async () => {
    mkdirSync(place.directory);
    chmodSync(place.directory, 0o500);
    chmodSync(dirname(place.directory), 0o755);
    expect(await openAsAnyUser()).toBe(
      `OperatorError: ${place.directory} can't be written: give this user the right to (chmod u+rw, or chown), ` +
        'and to its directory.',
    );
  });

  test('that is a file is refused', async () => {
    writeFileSync(place.directory, '');
    await expect(place.open()).rejects.toEqual(
      new OperatorError(
        `${place.directory} can't be made, as there is a file in its way: choose another data directory.`,
      ),
    );
  });

  test('with a database that is read-only is refused', async () => {
    await withReadings(() => {
      chmodSync(dirname(place.directory), 0o755);
      chmodSync(place.directory, 0o777);
      chmodSync(place.database, 0o444);
    });
    expect(await openAsAnyUser()).toBe(
      `OperatorError: ${place.database} can't be written: give this user the right to (chmod u+rw, or chown), ` +
        'and to its directory.',
    );
  });

  test('with a file that is no database is refused, and the file stays as it is', async () => {
    mkdirSync(place.directory);
    writeFileSync(place.database, 'my shopping list\n'.repeat(100));
    await expect(place.open()).rejects.toEqual(
      new OperatorError(
        `${place.database} is not a SQLite database: move it away to start afresh, or restore a backup in its place.`,
      ),
    );
    expect(readdirSync(place.directory)).toEqual(['sealpost.db']);
  });

  test.each([
    ['cut short', (path: string) => truncateSync(path, 4096)],
    [
      'with a damaged first page',
      (path: string) => {
        const file = openSync(path, 'r+');
        writeSync(file, Buffer.alloc(64, 0xff), 0, 64, 100);
        closeSync(file);
      },
    ],
  ])('with a database %s is refused', async (_, damage) => {
    await withReadings(() => damage(place.database));
    await expect(place.open()).rejects.toEqual(
      new OperatorError(
        `${place.database} is damaged: restore a backup in its place, or move it away to start afresh.`,
      ),
    );
  });

  test("with another program's database is refused, and nothing is added to it", async () => {
    mkdirSync(place.directory);
    execute('CREATE TABLE recipes (name TEXT)');
    await expect(place.open()).rejects.toEqual(
      new OperatorError(
        `${place.database} is another program's database: move it away, or choose another data directory.`,
      ),
    );
  });

  test('with the database of a newer version is refused', async () => {
    await withReadings(() => execute('PRAGMA user_version = 99'));
    await expect(place.open()).rejects.toEqual(
      new OperatorError(
        `${place.database} was written by a newer version of sealpost (schema 99, this one knows ${migrations.length}): ` +
          'install that version, or restore a backup from before it.',
      ),
    );
  });

  test('on a disk without space is refused, and opens when there is some', async () => {
    await expect(place.open({ maxPageCount: 3 })).rejects.toEqual(
      new OperatorError(`there is no space left for ${place.database}: make some and try again.`),
    );
    expect(await (await place.open()).listDevices()).toEqual([]);
  });

  test('that another program keeps locked is refused', async () => {
    mkdirSync(place.directory);
    const other = new DatabaseSync(place.database);
    other.exec('BEGIN EXCLUSIVE');
    try {
      await expect(place.open({ busyTimeoutMilliseconds: 0 })).rejects.toEqual(
        new OperatorError(`${place.database} is kept locked by another program: end it and try again.`),
      );
    } finally {
      other.close();
    }
  });

  test('a commit is on the disk when it returns, and the log does not grow for ever', async () => {
    await place.open();
    const connection = openConnection(place.database, { busyTimeoutMilliseconds: 0 });
    try {
      const pragmas = ['journal_mode', 'synchronous', 'foreign_keys', 'wal_autocheckpoint', 'journal_size_limit'];
      expect(Object.assign({}, ...pragmas.map((name) => connection.one(`PRAGMA ${name}`)()))).toEqual({
        journal_mode: 'wal',
        synchronous: 2,
        foreign_keys: 1,
        wal_autocheckpoint: 1000,
        journal_size_limit: 32 * 1024 * 1024,
      });
    } finally {
      connection.close();
    }
  });
});
