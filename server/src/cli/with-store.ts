import { randomBytes } from 'node:crypto';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import type { StoreOptions } from './options.ts';

/** Opens the store of a data directory for one command, beside a running server or without one. */
export async function withStore<T>(
  { data, masterKeyFile }: StoreOptions,
  use: (store: Store) => Promise<T>,
): Promise<T> {
  const store = await openSqliteStore({
    dataDirectory: data,
    randomBytes,
    ...(masterKeyFile !== undefined && { masterKeyFile }),
  });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}
