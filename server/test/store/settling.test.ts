/** Readings move from the log of arrivals into blocks behind everybody's back: nobody may notice but by speed. */
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { SessionOwner, Store, StoredReading } from '../../src/store/store.ts';
import { everyReading } from './every-reading.ts';
import { addDevice, batch, bootId, fullReading, noon, reading, sample, stampedReading, stored } from './fixtures.ts';
import { makeSqlitePlace, type SqlitePlace } from './sqlite-place.ts';

let place: SqlitePlace;
let store: SqliteStore;
let kitchen: SessionOwner;
let attic: SessionOwner;
beforeEach(async () => {
  place = makeSqlitePlace();
  store = await open();
  kitchen = await addDevice(store);
  attic = await addDevice(store, 'attic');
});
afterEach(() => place.dispose());

/** Settles as soon as anything is in the log. */
const open = () => place.open({ exclusive: true, leastSettled: 1 });
const send = (owner: SessionOwner, ...sequences: number[]) =>
  store.appendReadings({
    ...owner,
    batch: batch(sequences.map((sequence) => stampedReading(sequence, noon - 1000 + sequence))),
    receivedAt: noon,
  });
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
const names = (device: string, sequences: readonly number[]) =>
  sequences.map((sequence) => `${device}/${bootId}/${sequence}`);
const all = { from: 0, to: noon + 1, order: 'oldest first', limit: 1000 } as const;

/** Rows of the log, and blocks with their numbers of readings. */
function tables() {
  const database = new DatabaseSync(place.database, { readOnly: true });
  try {
    const blocks = database.prepare('SELECT readings_count FROM blocks ORDER BY boot, first_sequence').all();
    const { rows } = database.prepare('SELECT count(*) AS rows FROM arrivals').get() ?? {};
    return { rows, blocks: blocks.map(({ readings_count }) => readings_count) };
  } finally {
    database.close();
  }
}

/** Commits until a round that has begun is over. What nobody may append still takes part in a commit. */
async function settle(by: Store = store): Promise<void> {
  const nobody = { deviceId: 'nobody', generation: 999, batch: batch([reading(1)]), receivedAt: noon };
  for (let commits = 0; commits < 4; commits += 1) {
    await expect(by.appendReadings(nobody)).rejects.toMatchObject({ code: 'unauthenticated' });
  }
}

test('what has arrived is moved to a block for each boot, and its rows are deleted', async () => {
  await Promise.all([send(kitchen, 1, 2), send(attic, 1), send(kitchen, 3)]);
  await settle();
  expect(tables()).toEqual({ rows: 0, blocks: [3, 1] });
  expect(everyReading(place.directory).map(({ name }) => name)).toEqual([
    ...names('kitchen', [1, 2, 3]),
    ...names('attic', [1]),
  ]);
});

test('a block has 512 readings at most', async () => {
  for (let first = 1; first <= 1000; first += 64) await send(kitchen, ...range(first, first + 63));
  await settle();
  const { blocks } = tables();
  expect(Math.max(...blocks.map(Number))).toBeLessThanOrEqual(512);
  expect(await store.describeDevice('kitchen')).toMatchObject({ readings: 1024, missingReadings: 0 });
});

test('nothing is settled while little is in the log', async () => {
  await store.close();
  store = await place.open({ exclusive: true });
  await send(kitchen, ...range(1, 64));
  await settle();
  expect(tables()).toEqual({ rows: 1, blocks: [] });
});

describe('before and after it', () => {
  const steps: readonly (readonly [string, () => Promise<void>])[] = [
    ['in the log', async () => {}],
    ['in blocks', () => settle()],
    [
      'in blocks, after a restart',
      async () => {
        await settle();
        await store.close();
        store = await open();
      },
    ],
  ];

  test.each(steps)('a reading is found as it was: %s', async (_, step) => {
    await store.appendReadings({ ...kitchen, batch: batch([fullReading]), receivedAt: noon });
    await step();
    expect(await store.latestReading()).toEqual(stored(fullReading, noon - 7));
    expect(await store.listReadings({ ...all, deviceId: 'kitchen' })).toEqual([stored(fullReading, noon - 7)]);
  });

  test.each(steps)('a reading that comes again is a duplicate: %s', async (_, step) => {
    await send(kitchen, 5, 6);
    await send(kitchen, 9);
    await step();
    expect(await send(kitchen, 4, 5, 6, 7, 9)).toEqual({ stored: 2, duplicates: 3 });
    expect(await send(kitchen, 4, 7)).toEqual({ stored: 0, duplicates: 2 });
    await settle();
    expect(everyReading(place.directory).map(({ name }) => name)).toEqual(names('kitchen', [4, 5, 6, 7, 9]));
  });

  test.each(steps)('a first clock sample gives all of a boot their times: %s', async (_, step) => {
    await store.appendReadings({ ...kitchen, batch: batch([reading(1, 10), reading(2, 20)]), receivedAt: noon });
    await step();
    expect(await store.latestReading()).toBeNull();
    store.noteContact({ ...kitchen, bootId, sample: sample(100, noon - 500) });
    await settle();
    const found = await store.listReadings({ ...all, deviceId: 'kitchen' });
    expect(found?.map(({ sequence, resolvedTime }) => [sequence, resolvedTime])).toEqual([
      [1, noon - 590],
      [2, noon - 580],
    ]);
    expect(await store.latestReading()).toMatchObject({ sequence: 2 });
  });

  test.each(steps)('a device goes with all it has: %s', async (_, step) => {
    await send(kitchen, 1, 2, 3);
    await send(attic, 1);
    await step();
    expect(await store.removeDevice('kitchen')).toEqual({ readings: 3 });
    expect(everyReading(place.directory).map(({ name }) => name)).toEqual(names('attic', [1]));
    const again = await addDevice(store);
    expect(await send(again, 1)).toEqual({ stored: 1, duplicates: 0 });
  });

  test.each(steps)('what arrived behind a cursor is the same: %s', async (_, step) => {
    await send(kitchen, 1, 2);
    await send(attic, 7);
    await send(kitchen, 3);
    await step();
    const arrived = await store.arrivalsAfter(0, 10);
    const sequencesOf = (readings: readonly StoredReading[]) => readings.map(({ sequence }) => sequence);
    expect(arrived.map(({ deviceId, readings }) => [deviceId, sequencesOf(readings)])).toEqual([
      ['kitchen', [1, 2]],
      ['attic', [7]],
      ['kitchen', [3]],
    ]);
    const [first, second, third] = arrived.map(({ arrival }) => arrival);
    expect(await store.arrivalsAfter(first ?? 0, 1)).toEqual([arrived[1]]);
    expect(await store.arrivalsAfter(first ?? 0, 10, 'kitchen')).toEqual([arrived[2]]);
    expect(await store.arrivalsAfter(third ?? 0, 10)).toEqual([]);
    const last = await store.lastArrival();
    expect(last).toBeGreaterThanOrEqual(third ?? 0);
    // Numbers go on, though the log may be empty by now.
    await send(attic, 8);
    expect(await store.lastArrival()).toBe(last + 1);
    expect(second).toBeGreaterThan(first ?? 0);
  });
});

test('readings that come late go between blocks and into them', async () => {
  for (const sequences of [
    [10, 11, 14],
    [20, 21],
    [1, 2],
    [12, 15, 22, 5],
    [13, 3],
  ]) {
    await send(kitchen, ...sequences);
    await settle();
  }
  const sequences = [1, 2, 3, 5, 10, 11, 12, 13, 14, 15, 20, 21, 22];
  expect(everyReading(place.directory).map(({ name }) => name)).toEqual(names('kitchen', sequences));
  const found = await store.listReadings({ ...all, deviceId: 'kitchen' });
  expect(found?.map(({ sequence }) => sequence)).toEqual(sequences);
  expect(await store.describeDevice('kitchen')).toMatchObject({ readings: 13, missingReadings: 9 });
});

test('random uploads, late, twice and between steps of settling, are each stored once', async () => {
  let seed = 1;
  const random = (below: number) => {
    // Numerical Recipes' generator: the same each time.
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed % below;
  };
  const sent = new Set<number>();
  let storedCount = 0;
  for (let round = 0; round < 120; round += 1) {
    const first = random(3) === 0 ? random(1500) + 1 : round * 12 + 1;
    const sequences = range(first, first + random(40)).filter(() => random(5) > 0);
    if (sequences.length === 0) continue;
    const result = await send(kitchen, ...sequences);
    storedCount += result.stored;
    const fresh = sequences.filter((sequence) => !sent.has(sequence));
    expect(result).toEqual({ stored: fresh.length, duplicates: sequences.length - fresh.length });
    for (const sequence of fresh) sent.add(sequence);
    if (random(10) === 0) {
      await store.close();
      store = await open();
    }
  }
  const sorted = [...sent].sort((one, other) => one - other);
  expect(everyReading(place.directory).map(({ name }) => name)).toEqual(names('kitchen', sorted));
  expect(storedCount).toBe(sent.size);
  const listed: number[] = [];
  let after: StoredReading | undefined;
  do {
    const page: readonly StoredReading[] | null = await store.listReadings({
      ...all,
      deviceId: 'kitchen',
      limit: 100,
      ...(after && { after: { time: after.resolvedTime ?? 0, bootId: after.bootId, sequence: after.sequence } }),
    });
    listed.push(...(page ?? []).map(({ sequence }) => sequence));
    after = page?.at(-1);
  } while (after !== undefined);
  expect(listed).toEqual(sorted);
});

test('a step that is undone is done again', async () => {
  await send(kitchen, 1, 2, 3);
  // A mistake of the program's in the same commit: all of the transaction is undone.
  const broken = store.appendReadings({ ...kitchen, batch: batch([reading(1.5)]), receivedAt: noon });
  await expect(broken).rejects.toThrow(RangeError);
  await settle();
  expect(everyReading(place.directory).map(({ name }) => name)).toEqual(names('kitchen', [1, 2, 3]));
  expect(await send(kitchen, 1, 2, 3, 4)).toEqual({ stored: 1, duplicates: 3 });
});

test('the last time in the store is found behind many readings of a server without a clock', async () => {
  await store.close();
  store = await place.open({ exclusive: true });
  await send(kitchen, 1);
  for (let sequence = 2; sequence < 80; sequence += 1) {
    await store.appendReadings({ ...kitchen, batch: batch([reading(sequence)]), receivedAt: null });
  }
  await store.close();
  store = await place.open({ exclusive: true });
  expect(store.lastStoredTime()).toBe(noon);
});

describe('another process', () => {
  test('sees what is settled meanwhile, once', async () => {
    const other = await place.open();
    await send(kitchen, 1, 2);
    expect(await other.describeDevice('kitchen')).toMatchObject({ readings: 2 });
    await settle();
    await send(kitchen, 3);
    expect(await other.describeDevice('kitchen')).toMatchObject({ readings: 3, missingReadings: 0 });
    expect(await other.latestReading()).toMatchObject({ sequence: 3 });
    const found = await other.listReadings({ ...all, deviceId: 'kitchen' });
    expect(found?.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  });

  test('that appends too stores nothing twice, and both hear of it', async () => {
    const other = await place.open({ shared: true });
    const heard: string[] = [];
    const stop = [store.onArrivals(() => heard.push('store')), other.onArrivals(() => heard.push('other'))];
    await send(kitchen, 1, 2);
    const again = { ...kitchen, batch: batch([stampedReading(2, noon), stampedReading(3, noon)]), receivedAt: noon };
    expect(await other.appendReadings(again)).toEqual({ stored: 1, duplicates: 1 });
    await settle();
    expect(await store.appendReadings(again)).toEqual({ stored: 0, duplicates: 2 });
    expect(await other.appendReadings(again)).toEqual({ stored: 0, duplicates: 2 });
    for (const end of stop) end();
    expect(heard).toContain('store');
    expect(heard).toContain('other');
    expect(everyReading(place.directory).map(({ name }) => name)).toEqual(names('kitchen', [1, 2, 3]));
  });
});

test('what arrived behind any cursor is what was sent, page by page, however the blocks lie', async () => {
  const sent: [string, number][] = [];
  for (let round = 0; round < 60; round += 1) {
    const [owner, name] = round % 7 < 2 ? ([attic, 'attic'] as const) : ([kitchen, 'kitchen'] as const);
    // Some come late: their blocks hold arrivals of long ago and of now.
    const sequence = round % 5 === 4 ? 1000 - round : 1000 + round;
    await send(owner, sequence);
    sent.push([name, sequence]);
    if (round === 40) await settle();
  }
  const arrived = async (deviceId?: string) => {
    const found: [string, number][] = [];
    for (let cursor = 0; ; ) {
      const page = await store.arrivalsAfter(cursor, 7, deviceId);
      const last = page.at(-1);
      if (last === undefined) return found;
      for (const { deviceId: from, readings } of page)
        for (const { sequence } of readings) found.push([from, sequence]);
      cursor = last.arrival;
    }
  };
  expect(await arrived()).toEqual(sent);
  expect(await arrived('attic')).toEqual(sent.filter(([name]) => name === 'attic'));
});
