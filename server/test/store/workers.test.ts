/** Several processes that are one server: here each is a connection of its own to one database. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SealpostError } from '../../src/errors.ts';
import type { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { SessionOwner } from '../../src/store/store.ts';
import { minute, second } from '../../src/time.ts';
import { addDevice, batch, bootId, noon, reading, sample } from './fixtures.ts';
import { makeSqlitePlace, type SqlitePlace } from './sqlite-place.ts';

let place: SqlitePlace;
let one: SqliteStore;
let other: SqliteStore;
let owner: SessionOwner;
beforeEach(async () => {
  place = makeSqlitePlace();
  one = await place.open({ shared: true, settles: true, clockEpoch: 1 });
  other = await place.open({ shared: true, clockEpoch: 1 });
  owner = await addDevice(one);
});
afterEach(() => place.dispose());

describe('a handshake that one worker has accepted', () => {
  test('is a replay to the others, at once', async () => {
    const claim = { ...owner, bootId, uptime: 10 };
    expect(await one.claimHandshake(claim)).toBe(true);
    expect(await other.claimHandshake(claim)).toBe(false);
    expect(await other.claimHandshake({ ...claim, uptime: 9 })).toBe(false);
    expect(await other.claimHandshake({ ...claim, uptime: 11 })).toBe(true);
    expect(await one.claimHandshake({ ...claim, uptime: 11 })).toBe(false);
  });

  test('is accepted by one of them when both get it at the same moment', async () => {
    const claim = { ...owner, bootId, uptime: 10 };
    const accepted = await Promise.all([one, other, one, other].map((store) => store.claimHandshake(claim)));
    expect(accepted.sort()).toEqual([false, false, false, true]);
  });

  test('asks for no leave when it comes again', async () => {
    const claim = { ...owner, bootId, uptime: 10 };
    let asked = 0;
    const ask = () => {
      asked += 1;
    };
    await Promise.all([one, one, other].map((store) => store.claimHandshake(claim, ask)));
    await other.claimHandshake(claim, ask);
    expect(asked).toBe(1);
  });
});

test('a handshake that gets no leave is not remembered', async () => {
  const claim = { ...owner, bootId, uptime: 10 };
  const refusal = new SealpostError('resource_exhausted', 'too often');
  const refuse = () => {
    throw refusal;
  };
  await expect(one.claimHandshake(claim, refuse)).rejects.toBe(refusal);
  expect(await other.claimHandshake(claim)).toBe(true);
});

describe('of the clock samples of a device that moves between workers', () => {
  let sequence = 0;
  /** Says at the boot's uptime what the time is, then when a reading of that uptime was taken. */
  async function timeAt(store: SqliteStore, uptime: number, serverTime: number, epoch: number): Promise<number | null> {
    store.noteContact({ ...owner, bootId, sample: sample(uptime, serverTime, { epoch }) });
    sequence += 1;
    await store.appendReadings({ ...owner, batch: batch([reading(sequence, uptime)]), receivedAt: null });
    return (await store.latestReading('kitchen'))?.resolvedTime ?? null;
  }

  test('those of one epoch go on with one another', async () => {
    expect(await timeAt(one, minute, noon, 1)).toBe(noon);
    expect(await timeAt(other, 12 * minute, noon + 11 * minute + 1, 1)).toBe(noon + 11 * minute + 1);
    expect(await timeAt(one, 24 * minute, noon + 23 * minute + 2, 1)).toBe(noon + 23 * minute + 2);
  });

  test('those after a step that both saw replace those before it', async () => {
    expect(await timeAt(one, minute, noon, 1)).toBe(noon);
    expect(await timeAt(other, 2 * minute, noon + 31 * minute, 2)).toBe(noon + 31 * minute);
    expect(await timeAt(one, 13 * minute, noon + 42 * minute + 3, 2)).toBe(noon + 42 * minute + 3);
  });

  test('one that is a step behind counts if it agrees, and for nothing if it does not', async () => {
    expect(await timeAt(one, minute, noon, 3)).toBe(noon);
    expect(await timeAt(other, 12 * minute, noon + 11 * minute + 5, 2)).toBe(noon + 11 * minute + 5);
    expect(await timeAt(other, 23 * minute, noon + 90 * minute, 2)).toBe(noon + 22 * minute + 5);
  });
});

test('a worker begins no epoch of its own', async () => {
  one.noteContact({ ...owner, bootId, sample: sample(second, noon, { epoch: 1 }) });
  await one.appendReadings({ ...owner, batch: batch([reading(1)]), receivedAt: noon });
  expect((await place.open({ shared: true, clockEpoch: 1 })).clockEpoch()).toBe(1);
  expect((await place.open()).clockEpoch()).toBe(2);
});
