import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore, type SqliteStore, type SqliteStoreOptions } from '../../src/store/sqlite/sqlite-store.ts';
import type { StorePlace } from './store-suite.ts';

/** A data directory of its own for one test. */
export interface SqlitePlace extends StorePlace {
  readonly directory: string;
  readonly database: string;
  readonly masterKey: string;
  open(options?: Partial<SqliteStoreOptions>): Promise<SqliteStore>;
}

export function makeSqlitePlace(): SqlitePlace {
  const parent = mkdtempSync(join(tmpdir(), 'sealpost-store-'));
  const directory = join(parent, 'data');
  const opened: SqliteStore[] = [];
  return {
    directory,
    database: join(directory, 'sealpost.db'),
    masterKey: join(directory, 'master.key'),
    async open(options) {
      const store = await openSqliteStore({ dataDirectory: directory, ...options });
      opened.push(store);
      return store;
    },
    async dispose() {
      for (const store of opened) await store.close();
      rmSync(parent, { recursive: true, force: true });
    },
  };
}

/** The same, as a server has it: whoever opens it while no server runs is the server, the others are commands. */
export function makeServerPlace(): StorePlace {
  const place = makeSqlitePlace();
  return {
    async open(options) {
      try {
        return await place.open({ ...options, exclusive: true });
      } catch {
        return place.open(options);
      }
    },
    dispose: () => place.dispose(),
  };
}
