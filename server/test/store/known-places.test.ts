/** What the store remembers between commits must never be older than the database: each test fills the memory first. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { SessionOwner } from '../../src/store/store.ts';
import { addDevice, batch, bootId, deviceKey, noon, reading, rotate, sample } from './fixtures.ts';
import { makeSqlitePlace, type SqlitePlace } from './sqlite-place.ts';

let place: SqlitePlace;
let server: SqliteStore;
let command: SqliteStore;
let owner: SessionOwner;
beforeEach(async () => {
  place = makeSqlitePlace();
  server = await place.open();
  command = await place.open();
  owner = await addDevice(server);
  // Twice: the second one is served from memory.
  await upload(1);
  await upload(2);
});
afterEach(() => place.dispose());

const upload = (sequence: number, by = owner) =>
  server.appendReadings({ ...by, batch: batch([reading(sequence)]), receivedAt: noon });
const stored = { stored: 1, duplicates: 0 };
const refused = { code: 'unauthenticated' };

describe('a key that has ended stores nothing, though its session uploaded just now', () => {
  test.each([
    ['this process revokes it', () => server.revokeDevice('kitchen')],
    ['another process revokes it', () => command.revokeDevice('kitchen')],
    ['this process replaces it', () => server.rotateKey('kitchen', deviceKey(3), { atOnce: true })],
    ['another process replaces it', () => command.rotateKey('kitchen', deviceKey(3), { atOnce: true })],
    ['this process removes the device', () => server.removeDevice('kitchen')],
    ['another process removes the device', () => command.removeDevice('kitchen')],
  ])('%s', async (_name, end) => {
    await end();
    await expect(upload(3)).rejects.toMatchObject(refused);
  });

  test('the next key is used, in the same commit', async () => {
    const next = await rotate(server);
    expect(await upload(3)).toEqual(stored);
    const [first, second, third] = await Promise.allSettled([upload(4), upload(5, next), upload(6)]);
    expect([first, second]).toEqual([
      { status: 'fulfilled', value: stored },
      { status: 'fulfilled', value: stored },
    ]);
    expect(third).toMatchObject({ status: 'rejected', reason: refused });
    await expect(upload(7)).rejects.toMatchObject(refused);
  });

  test('the next key is confirmed without an upload', async () => {
    const next = await rotate(server);
    expect(await upload(3)).toEqual(stored);
    await server.confirmGeneration(next);
    await expect(upload(4)).rejects.toMatchObject(refused);
  });
});

test('a device that was removed and added anew gets its own readings', async () => {
  await command.removeDevice('kitchen');
  const again = await addDevice(command);
  expect(await upload(1, again)).toEqual(stored);
  expect(await server.describeDevice('kitchen')).toMatchObject({ boots: 1, readings: 1 });
});

test('a reading is resolved by the sample that came with the same commit', async () => {
  server.noteContact({ ...owner, bootId, sample: sample(0, noon - 5000) });
  await server.appendReadings({ ...owner, batch: batch([reading(3, 1000)]), receivedAt: noon });
  expect(await server.latestReading()).toMatchObject({ sequence: 3, resolvedTime: noon - 4000 });
  server.noteContact({ ...owner, bootId, sample: sample(2000, noon - 9000) });
  await server.appendReadings({ ...owner, batch: batch([reading(4, 9000)]), receivedAt: noon });
  expect(await server.latestReading()).toMatchObject({ sequence: 4, resolvedTime: noon - 2000 });
});

test('a boot whose first upload was undone gets its number again', async () => {
  const of = (sequence: number) => batch([reading(sequence)], { bootId: 77n });
  // A column of integers refuses 1.5, after the boot has its row.
  const all = [1.5, 1, 1.5, 2].map((sequence) =>
    server.appendReadings({ ...owner, batch: of(sequence), receivedAt: noon }),
  );
  const outcomes = await Promise.allSettled(all);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled']);
  expect(await server.describeDevice('kitchen')).toMatchObject({ boots: 2, readings: 4 });
});
