import { cpSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { WalSync } from '../../src/store/sqlite/wal-sync.ts';
import type { SessionOwner } from '../../src/store/store.ts';
import { addDevice, batch, noon, stampedReading } from './fixtures.ts';
import { makeSqlitePlace, type SqlitePlace } from './sqlite-place.ts';

/** A disk whose syncs end when a test says so. */
class Disk {
  readonly #waiting: { done: () => void; fail: (error: Error) => void }[] = [];

  readonly sync = () =>
    new Promise<void>((resolve, reject) => {
      this.#waiting.push({ done: resolve, fail: reject });
    });

  get syncs(): number {
    return this.#waiting.length;
  }

  /** Waits until a sync has begun; it comes with a turn of the event loop. */
  async begun(): Promise<void> {
    while (this.#waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
  }

  finish(): void {
    for (const { done } of this.#waiting.splice(0)) done();
  }

  fail(): void {
    for (const { fail } of this.#waiting.splice(0)) fail(new Error('EIO: i/o error, fdatasync'));
  }
}

let place: SqlitePlace;
let disk: Disk;
let store: SqliteStore;
let owner: SessionOwner;
const faults: unknown[] = [];
beforeEach(async () => {
  place = makeSqlitePlace();
  disk = new Disk();
  faults.length = 0;
  store = await place.open({ exclusive: true, sync: disk.sync, onFault: (error) => faults.push(error) });
  owner = await addDevice(store);
});
afterEach(() => place.dispose());

const send = (sequence: number) =>
  store.appendReadings({ ...owner, batch: batch([stampedReading(sequence, noon - 9)]), receivedAt: noon });

/** What a promise has come to so far. */
async function stateOf(promise: Promise<unknown>): Promise<unknown> {
  return Promise.race([promise, new Promise((resolve) => setImmediate(() => resolve('waits')))]);
}

describe('a receipt', () => {
  test('waits for the disk, and others are answered meanwhile', async () => {
    const sent = send(1);
    await disk.begun();
    expect(await stateOf(sent)).toBe('waits');
    expect(await store.listDevices()).toHaveLength(1);
    disk.finish();
    expect(await sent).toEqual({ stored: 1, duplicates: 0 });
  });

  test('of what comes during a sync waits for the next one, all of it together', async () => {
    const first = send(1);
    await disk.begun();
    const others = [send(2), send(3)];
    expect(await stateOf(Promise.race(others))).toBe('waits');
    expect(disk.syncs).toBe(1);
    disk.finish();
    await first;
    await disk.begun();
    expect(await stateOf(Promise.race(others))).toBe('waits');
    disk.finish();
    expect(await Promise.all(others)).toEqual(Array(2).fill({ stored: 1, duplicates: 0 }));
  });

  test('of a reading that comes again while the first waits for the disk waits for it too', async () => {
    const first = send(1);
    await disk.begun();
    const again = send(1);
    disk.finish();
    await first;
    await disk.begun();
    expect(await stateOf(again)).toBe('waits');
    disk.finish();
    expect(await again).toEqual({ stored: 0, duplicates: 1 });
  });

  test('is not given when the disk fails, nor any other from then on', async () => {
    const sent = send(1);
    const refused = {
      code: 'unavailable',
      reason: 'the disk did not take what was written to it: check it, then restart the server',
    };
    const outcome = expect(sent).rejects.toMatchObject(refused);
    await disk.begun();
    disk.fail();
    await outcome;
    await expect(send(1)).rejects.toMatchObject(refused);
    await expect(send(2)).rejects.toMatchObject(refused);
    expect(faults).toEqual([expect.objectContaining(refused)]);
  });

  test('comes before the store is closed', async () => {
    const first = send(1);
    await disk.begun();
    const second = send(2);
    const closed = store.close();
    expect(await stateOf(closed)).toBe('waits');
    disk.finish();
    await disk.begun();
    disk.finish();
    await closed;
    expect(await Promise.all([first, second])).toEqual(Array(2).fill({ stored: 1, duplicates: 0 }));
  });
});

test('the log of a database is synced, and one that is not there is an error', async () => {
  const log = new WalSync(place.database);
  await log.sync();
  log.close();
  await expect(new WalSync(`${place.database}.other`).sync()).rejects.toMatchObject({ code: 'ENOENT' });
});

test('the number of an arrival that a power cut took back is not given again', async () => {
  const sent = [send(1)];
  await disk.begun();
  disk.finish();
  await Promise.all(sent);
  // What is on the disk when the power goes.
  const remains = makeSqlitePlace();
  cpSync(place.directory, remains.directory, { recursive: true });
  const lost = send(2);
  await disk.begun();
  const seen = await store.lastArrival();
  disk.finish();
  await lost;
  try {
    const again = await remains.open({ exclusive: true });
    await again.appendReadings({ ...owner, batch: batch([stampedReading(3, noon - 9)]), receivedAt: noon });
    expect(await again.arrivalsAfter(seen, 10)).toMatchObject([{ readings: [{ sequence: 3 }] }]);
  } finally {
    await remains.dispose();
  }
});
