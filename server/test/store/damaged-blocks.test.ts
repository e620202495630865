/** Readings whose bytes the disk has changed: an error that says so, and everything else goes on. */
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { SessionOwner } from '../../src/store/store.ts';
import { everyReading } from './every-reading.ts';
import { addDevice, batch, bootId, noon, stampedReading } from './fixtures.ts';
import { makeSqlitePlace, type SqlitePlace } from './sqlite-place.ts';

let place: SqlitePlace;
let store: SqliteStore;
let kitchen: SessionOwner;
let attic: SessionOwner;
const faults: unknown[] = [];
beforeEach(async () => {
  place = makeSqlitePlace();
  faults.length = 0;
  store = await place.open({ exclusive: true, leastSettled: 100, onFault: (error) => faults.push(error) });
  kitchen = await addDevice(store);
  attic = await addDevice(store, 'attic');
});
afterEach(() => place.dispose());

const send = (owner: SessionOwner, first: number, count: number) =>
  store.appendReadings({
    ...owner,
    batch: batch(
      Array.from({ length: count }, (_, index) => stampedReading(first + index, noon - 5000 + first + index)),
    ),
    receivedAt: noon,
  });

function change(sql: string): void {
  const database = new DatabaseSync(place.database);
  database.exec(sql);
  database.close();
}

test('the latest reading of a damaged block is an error', async () => {
  await send(kitchen, 1, 100);
  change('UPDATE blocks SET readings = zeroblob(length(readings))');
  await expect(store.latestReading()).rejects.toMatchObject({ code: 'unavailable' });
  await expect(store.latestReading('kitchen')).rejects.toMatchObject({ code: 'unavailable' });
  await send(attic, 4990, 10);
  expect(await store.latestReading()).toMatchObject({ deviceId: 'attic', sequence: 4999 });
});

test('readings that can not be settled stay in the log, and others are settled', async () => {
  await send(kitchen, 1, 2);
  // The resolved time of the first one: no whole number, and so for no index.
  change(
    "UPDATE arrivals SET readings = CAST(substr(readings, 1, 64) || x'000000000000f83f' || substr(readings, 73) AS BLOB)",
  );
  await send(attic, 1, 64);
  for (let commits = 0; commits < 140; commits += 1) await send(attic, 100 + commits, 1);
  expect(faults).toEqual([
    expect.objectContaining({ code: 'unavailable', reason: expect.stringContaining('damaged') }),
  ]);
  expect(store.figures().unsettledReadings).toBeLessThan(100);
  const names = everyReading(place.directory).map(({ name }) => name);
  expect(names.filter((name) => name.startsWith('kitchen'))).toEqual([`kitchen/${bootId}/1`, `kitchen/${bootId}/2`]);
  expect(names).toHaveLength(2 + 64 + 140);
  expect(await send(kitchen, 2, 2)).toEqual({ stored: 1, duplicates: 1 });
});

test('a log without its length is a sentence when the store is opened', async () => {
  await send(kitchen, 1, 2);
  await store.close();
  change("UPDATE arrivals SET readings = x'00'");
  await expect(place.open({ exclusive: true })).rejects.toThrow(/is damaged: restore a backup/);
});
