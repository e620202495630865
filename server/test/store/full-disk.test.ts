import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SealpostError } from '../../src/errors.ts';
import type { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { SessionOwner } from '../../src/store/store.ts';
import { addDevice, batch, bootId, noon, reading, sample, stampedReading, stored } from './fixtures.ts';
import { makeSqlitePlace, type SqlitePlace } from './sqlite-place.ts';

const pagesOfAFullDisk = 40;
const enough = 1_000_000;

function refused(fault: string) {
  return {
    code: 'unavailable',
    message: "the store can't take readings now; they are safe on the device, try again later",
    reason: `SQLite: ${fault}`,
    cause: expect.objectContaining({ code: 'ERR_SQLITE_ERROR' }),
  };
}

describe('a store that can not write', () => {
  let place: SqlitePlace;
  let store: SqliteStore;
  let owner: SessionOwner;
  const faults: unknown[] = [];

  beforeEach(async () => {
    place = makeSqlitePlace();
    faults.length = 0;
    store = await place.open({ onFault: (error) => faults.push(error), busyTimeoutMilliseconds: 0 });
    owner = await addDevice(store);
  });
  afterEach(() => place.dispose());

  const append = (sequence: number, count = 1) =>
    store.appendReadings({
      ...owner,
      batch: batch(Array.from({ length: count }, (_, index) => stampedReading(sequence + index, noon - 1))),
      receivedAt: noon,
    });

  /** Appends until the disk is full; gives the sequence that was refused. */
  async function fill(): Promise<number> {
    store.limitPages(pagesOfAFullDisk);
    for (let sequence = 1; ; sequence += 64) {
      try {
        await append(sequence, 64);
      } catch (error) {
        expect(error).toMatchObject(refused('FULL'));
        return sequence;
      }
    }
  }

  test('refuses readings while the disk is full, keeps what it has, and takes them when there is space', async () => {
    const refusedOne = await fill();
    const before = await store.describeDevice('kitchen');
    await expect(append(refusedOne, 64)).rejects.toMatchObject(refused('FULL'));
    expect(await store.describeDevice('kitchen')).toEqual(before);
    expect(await store.latestReading()).toEqual(stored(stampedReading(refusedOne - 1, noon - 1), noon - 1));

    store.limitPages(enough);
    expect(await append(refusedOne, 64)).toEqual({ stored: 64, duplicates: 0 });
    expect(await store.describeDevice('kitchen')).toMatchObject({ readings: refusedOne + 63, missingReadings: 0 });
    expect(faults).toEqual([]);
  });

  test('refuses all that share a commit, and stores nothing of it', async () => {
    const refusedOne = await fill();
    const results = await Promise.allSettled([append(refusedOne), append(refusedOne + 1, 400), append(1)]);
    expect(results).toEqual(
      Array(3).fill({ status: 'rejected', reason: expect.objectContaining({ reason: 'SQLite: FULL' }) }),
    );
    expect(await store.describeDevice('kitchen')).toMatchObject({ readings: refusedOne - 1 });
  });

  test('can be given space by removing a device', async () => {
    const attic = await addDevice(store, 'attic');
    const refusedOne = await fill();
    await store.removeDevice('kitchen');
    owner = attic;
    expect(await append(refusedOne, 64)).toEqual({ stored: 64, duplicates: 0 });
  });

  test('remembers handshakes and notes meanwhile, and writes them when it can', async () => {
    const refusedOne = await fill();
    expect(await store.claimHandshake({ ...owner, bootId, uptime: 10 })).toBe(true);
    store.noteContact({ ...owner, bootId, hardware: 'esp32-s2', sample: sample(0, noon - 5000) });
    await expect(append(refusedOne, 64)).rejects.toMatchObject(refused('FULL'));
    expect(await store.claimHandshake({ ...owner, bootId, uptime: 10 })).toBe(false);

    store.limitPages(enough);
    await append(refusedOne, 64);
    expect(await store.describeDevice('kitchen')).toMatchObject({ hardware: 'esp32-s2' });
    await store.close();
    store = await place.open();
    expect(await store.claimHandshake({ ...owner, bootId, uptime: 10 })).toBe(false);
    expect(faults).toEqual([]);
  });

  test('tells of a commit that failed and nobody waited for', async () => {
    await fill();
    for (let one = 1n; one <= 1001n; one += 1n) await store.claimHandshake({ ...owner, bootId: one, uptime: 1 });
    await nextTurn();
    expect(faults).toEqual([expect.objectContaining(refused('FULL'))]);
  });

  test('forgets its oldest notes when it can not write them for long, and says so', async () => {
    const other = lockedElsewhere();
    const note = (index: number) => store.noteContact({ ...owner, bootId, firmwareVersion: `1.${index}` });
    for (let index = 1; index <= 10_001; index += 1) note(index);
    expect(faults).toEqual([new Error('the store does not take notes of devices: the oldest 1000 are forgotten')]);
    other.close();
    await append(1);
    expect(await store.describeDevice('kitchen')).toMatchObject({ firmwareVersion: '1.10001' });
  });

  test('refuses handshakes, not remembering them, rather than forget one', async () => {
    const other = lockedElsewhere();
    const claim = (id: number) => store.claimHandshake({ ...owner, bootId: BigInt(id), uptime: 1 });
    const claims: Promise<boolean>[] = [];
    for (let id = 1; id <= 100_000; id += 1) claims.push(claim(id));
    await Promise.all(claims);
    await expect(claim(100_001)).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'too many handshakes wait to be written',
    });
    expect(await claim(1)).toBe(false);
    other.close();
    await append(1);
    expect(await claim(100_001)).toBe(true);
  });

  test('refuses readings while another process keeps the lock, and takes them after that', async () => {
    const other = lockedElsewhere();
    const { cause: _, ...busy } = refused('BUSY');
    await expect(append(1)).rejects.toMatchObject(busy);
    expect(await store.latestReading()).toBeNull();
    await expect(store.revokeDevice('kitchen')).rejects.toMatchObject({
      code: 'unavailable',
      message: "the store can't answer now; try again later",
      reason: 'SQLite: BUSY',
    });
    other.close();
    expect(await append(1)).toEqual({ stored: 1, duplicates: 0 });
  });

  test('closes all the same', async () => {
    const refusedOne = await fill();
    const waiting = append(refusedOne, 64);
    const outcome = expect(waiting).rejects.toMatchObject(refused('FULL'));
    await store.close();
    await outcome;
  });

  function lockedElsewhere(): DatabaseSync {
    const other = new DatabaseSync(place.database);
    other.exec('BEGIN IMMEDIATE');
    return other;
  }
});

describe('a commit with a member that has a fault of its own', () => {
  let place: SqlitePlace;
  beforeEach(() => {
    place = makeSqlitePlace();
  });
  afterEach(() => place.dispose());

  test('fails that one alone, and tells it why', async () => {
    const store = await place.open();
    const owner = await addDevice(store);
    // No check upstream lets this pass: it stands for a mistake in the program.
    const append = (sequence: number) =>
      store.appendReadings({ ...owner, batch: batch([reading(7), reading(sequence)]), receivedAt: noon });
    const [first, broken, last] = await Promise.allSettled([append(1), append(1.5), append(2)]);
    expect(first).toEqual({ status: 'fulfilled', value: { stored: 2, duplicates: 0 } });
    expect(broken).toEqual({ status: 'rejected', reason: new RangeError('a sequence is a whole number') });
    expect(broken).not.toMatchObject({ reason: expect.any(SealpostError) });
    expect(last).toEqual({ status: 'fulfilled', value: { stored: 1, duplicates: 1 } });
    expect(await store.describeDevice('kitchen')).toMatchObject({ readings: 3 });
  });

  test('does not wait for ever for a note that can never be written', async () => {
    const faults: unknown[] = [];
    const store = await place.open({ onFault: (error) => faults.push(error) });
    const owner = await addDevice(store);
    store.noteContact({ ...owner, bootId, sample: sample(1.5, noon) });
    store.noteContact({ ...owner, bootId, hardware: 'esp32-s2' });
    const append = { ...owner, batch: batch([reading(1)]), receivedAt: noon };
    expect(await store.appendReadings(append)).toEqual({ stored: 1, duplicates: 0 });
    expect(await store.describeDevice('kitchen')).toMatchObject({ hardware: 'esp32-s2' });
    await store.close();
    expect(faults).toEqual([expect.objectContaining({ code: 'ERR_SQLITE_ERROR' })]);
  });
});

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
