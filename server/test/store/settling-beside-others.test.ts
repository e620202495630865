/** What other processes do while readings are settled, and what fails meanwhile. */
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { SessionOwner } from '../../src/store/store.ts';
import { everyReading } from './every-reading.ts';
import { addDevice, batch, bootId, noon, reading, sample, stampedReading } from './fixtures.ts';
import { makeSqlitePlace, type SqlitePlace } from './sqlite-place.ts';

let place: SqlitePlace;
let store: SqliteStore;
let other: SqliteStore;
let kitchen: SessionOwner;
let attic: SessionOwner;
beforeEach(async () => {
  place = makeSqlitePlace();
  store = await place.open({ exclusive: true, leastSettled: 1000 });
  other = await place.open({ shared: true });
  kitchen = await addDevice(store);
  attic = await addDevice(store, 'attic');
});
afterEach(() => place.dispose());

/** Batches of 64 readings, in one commit. */
const sendBatches = (owner: SessionOwner, batches: number, by = store, firstSequence = 1) =>
  Promise.all(
    Array.from({ length: batches }, (_, index) => firstSequence + 64 * index).map((first) =>
      by.appendReadings({
        ...owner,
        batch: batch(Array.from({ length: 64 }, (_, at) => stampedReading(first + at, noon - 5000 + first + at))),
        receivedAt: noon,
      }),
    ),
  );

/** One commit, with a step of settling in it. */
async function commit(by = store): Promise<void> {
  by.noteContact({ ...attic, bootId, utcOffsetSeconds: 0 });
  by.flush();
  const before = by.figures().commits;
  for (let turn = 0; turn < 1000 && by.figures().commits === before; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  // And its sync.
  await by.appendReadings({ ...attic, batch: batch([stampedReading(1, noon)]), receivedAt: noon });
}

/** Another process gives readings of a device another time, which all have to learn. */
async function rewriteByOther(): Promise<void> {
  const boot = { bootId: bootId + 1n };
  await other.appendReadings({ ...attic, batch: batch([reading(1, 10)], boot), receivedAt: noon });
  other.noteContact({ ...attic, ...boot, sample: sample(100, noon - 500) });
  await commit(other);
}

function pagesOf(file: string): number {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return Number(database.prepare('PRAGMA page_count').get()?.page_count);
  } finally {
    database.close();
  }
}

function rowsUnsettled(): number {
  const database = new DatabaseSync(place.database, { readOnly: true });
  try {
    const row = database
      .prepare(
        'SELECT ifnull(sum(length(readings)) / 93, 0) AS readings FROM arrivals JOIN boots USING (boot) WHERE arrival > settled_arrival',
      )
      .get();
    return Number(row?.readings);
  } finally {
    database.close();
  }
}

test('a round of settling that another process has disturbed ends with the true count of what is left', async () => {
  await sendBatches(kitchen, 24);
  await rewriteByOther();
  for (let commits = 0; commits < 6; commits += 1) await commit();
  expect(everyReading(place.directory)).toHaveLength(24 * 64 + 2);
  expect(store.figures().unsettledReadings).toBe(rowsUnsettled());
  await sendBatches(kitchen, 24, store, 10_000);
  for (let commits = 0; commits < 6; commits += 1) await commit();
  expect(store.figures().unsettledReadings).toBe(rowsUnsettled());
  expect(rowsUnsettled()).toBeLessThan(1000);
});

test('readings of a device whose removal failed half-way through a round are kept', async () => {
  await sendBatches(kitchen, 1);
  await sendBatches(attic, 1);
  // The round begins with this commit, and comes no further than the kitchen.
  await sendBatches(kitchen, 23, store, 65);
  const names = everyReading(place.directory).map(({ name }) => name);
  const locked = new DatabaseSync(place.database);
  locked.exec(`CREATE TRIGGER refusal BEFORE DELETE ON boots BEGIN SELECT RAISE(ABORT, 'refused'); END`);
  await expect(store.removeDevice('attic')).rejects.toThrow('refused');
  locked.exec('DROP TRIGGER refusal');
  locked.close();
  for (let commits = 0; commits < 8; commits += 1) {
    store.noteContact({ ...kitchen, bootId, hardware: `board ${commits}` });
    store.flush();
    await sendBatches(kitchen, 1);
  }
  expect(everyReading(place.directory).map(({ name }) => name)).toEqual(names);
});

test('a round whose first step failed begins anew', async () => {
  const pantry = await addDevice(store, 'pantry');
  const cellar = await addDevice(store, 'cellar');
  other.noteContact({ ...pantry, bootId, sample: sample(100, noon - 500) });
  await commit(other);
  await sendBatches(kitchen, 15);
  const names = everyReading(place.directory).map(({ name }) => name);
  // Room for two batches more, but for no block.
  store.limitPages(pagesOf(place.database) + 8);
  await expect(sendBatches(cellar, 2)).rejects.toMatchObject({ code: 'unavailable' });
  store.limitPages(100_000);
  // What has an arrival's number now that the round would have gone up to.
  await store.appendReadings({ ...pantry, batch: batch([stampedReading(1, noon)]), receivedAt: noon });
  for (let commits = 0; commits < 100; commits += 1) {
    const late = stampedReading(10_000 + commits, noon);
    await store.appendReadings({ ...kitchen, batch: batch([late]), receivedAt: noon });
  }
  expect(rowsUnsettled()).toBeLessThan(1000);
  expect(new Set(everyReading(place.directory).map(({ name }) => name))).toEqual(
    new Set([
      ...names,
      `pantry/${bootId}/1`,
      ...Array.from({ length: 100 }, (_, commits) => `kitchen/${bootId}/${10_000 + commits}`),
    ]),
  );
});

test('who reads columns while late readings are settled gets each reading once', async () => {
  await store.close();
  store = await place.open({ exclusive: true, leastSettled: 1 });
  const send = (sequences: readonly number[], by = store) =>
    by.appendReadings({
      ...kitchen,
      batch: batch(sequences.map((sequence) => stampedReading(sequence, noon - 50_000 + sequence))),
      receivedAt: noon,
    });
  const every = (step: number, first: number, count: number) =>
    Array.from({ length: count }, (_, index) => first + step * index);
  // Blocks so large that what comes late divides them.
  for (let first = 2; first < 40_000; first += 640) await send(every(10, first, 64));
  for (const late of [3, 4]) for (let first = late; first < 20_000; first += 640) await send(every(10, first, 64));
  for (let commits = 0; commits < 40; commits += 1) await commit();
  for (let first = 5; first < 3000; first += 640) await send(every(10, first, 64), other);
  const before = everyReading(place.directory).filter(({ name }) => name.startsWith('kitchen'));

  const times: number[] = [];
  for await (const columns of store.readingColumns({ deviceId: 'kitchen', from: 0, to: noon })) {
    times.push(...columns.times);
    await send(every(10, 6 + 640 * (times.length % 30), 64), other);
    await commit();
  }
  expect(new Set(times).size).toBe(times.length);
  expect(times).toEqual(expect.arrayContaining(before.map(({ resolvedTime }) => resolvedTime)));
});

test('who reads columns is told where it takes long to find any', async () => {
  for (let boot = 2n; boot < 40n; boot += 1n) {
    const none = batch([stampedReading(1, noon)], { bootId: bootId + boot });
    await store.appendReadings({ ...kitchen, batch: none, receivedAt: noon });
  }
  let pieces = 0;
  for await (const { times } of store.readingColumns({ deviceId: 'kitchen', from: 0, to: noon })) {
    expect(times).toHaveLength(0);
    pieces += 1;
  }
  expect(pieces).toBe(2);
});
