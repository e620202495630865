import { statSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Checkpoints } from '../../src/store/sqlite/checkpoints.ts';
import { everyReading } from './every-reading.ts';
import { addDevice, batch, noon, stampedReading } from './fixtures.ts';
import { makeSqlitePlace, type SqlitePlace } from './sqlite-place.ts';

let place: SqlitePlace;
beforeEach(() => {
  place = makeSqlitePlace();
});
afterEach(() => place.dispose());

test('a long log is copied into the database beside the commits, and nothing is lost', async () => {
  const faults: unknown[] = [];
  const store = await place.open({ exclusive: true, onFault: (error) => faults.push(error) });
  const owner = await addDevice(store);
  const before = statSync(place.database).size;
  // Until the thread has copied what it was told to: some megabytes of log lie behind it by then.
  let sequence = 0;
  while (statSync(place.database).size < before + 1_000_000) {
    expect(sequence).toBeLessThan(60_000);
    const readings = Array.from({ length: 64 }, () => stampedReading(++sequence, noon - 1));
    await store.appendReadings({ ...owner, batch: batch(readings), receivedAt: noon });
  }
  await store.close();
  expect(faults).toEqual([]);
  expect(everyReading(place.directory)).toHaveLength(sequence);
});

test('a thread that fails is told of', async () => {
  const faults: unknown[] = [];
  const failed = new Promise<void>((resolve) => {
    const checkpoints = new Checkpoints(`${place.database}/not/there.db`, (error) => {
      faults.push(error);
      resolve();
    });
    checkpoints.committed(100_000_000);
  });
  await failed;
  expect(faults).toEqual([expect.objectContaining({ code: 'ERR_SQLITE_ERROR' })]);
});
