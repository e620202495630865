import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { OperatorError } from '../../src/errors.ts';
import { acquireServerLock } from '../../src/store/sqlite/server-lock.ts';
import { startChild } from './child.ts';
import { addDevice, batch, noon, reading } from './fixtures.ts';
import { makeSqlitePlace, type SqlitePlace } from './sqlite-place.ts';

describe('the lock of a server', () => {
  let place: SqlitePlace;
  beforeEach(() => {
    place = makeSqlitePlace();
  });
  afterEach(() => place.dispose());

  const refusal = () =>
    new OperatorError(
      `another sealpost server is running on ${place.directory}: stop it, or give this one a data directory of its own.`,
    );

  test('keeps a second server off, in this process and in others', async () => {
    await place.open({ exclusive: true });
    await expect(place.open({ exclusive: true })).rejects.toEqual(refusal());
    const other = startChild('lock', place.directory);
    expect(await other.line()).toBe(`OperatorError: ${refusal().message}`);
    await other.finish();
    // That attempt must not have loosened it.
    expect(() => acquireServerLock(join(place.directory, '.'))).toThrow(refusal());
  });

  test('is free again when the server closes its store', async () => {
    const server = await place.open({ exclusive: true });
    await server.close();
    await place.open({ exclusive: true });
  });

  test('is free again when the store did not open', async () => {
    await expect(place.open({ exclusive: true, maxPageCount: 3 })).rejects.toThrow(OperatorError);
    await place.open({ exclusive: true });
  });

  test('ends with a process that is killed', async () => {
    const other = startChild('lock', place.directory);
    expect(await other.line()).toBe('locked');
    expect(() => acquireServerLock(place.directory)).toThrow(refusal());
    await other.kill();
    const lock = acquireServerLock(place.directory);
    lock.release();
    lock.release();
    acquireServerLock(place.directory).release();
  });

  test('does not keep commands off', async () => {
    const server = await place.open({ exclusive: true });
    const owner = await addDevice(server);
    const other = startChild('open', place.directory);
    expect(await other.line()).toBe('opened');
    expect(await other.finish()).toEqual([]);
    const result = await server.appendReadings({ ...owner, batch: batch([reading(1)]), receivedAt: noon });
    expect(result).toEqual({ stored: 1, duplicates: 0 });
  });

  test('of several first runs at the same time every one opens the same store', async () => {
    const children = Array.from({ length: 4 }, () => startChild('open', place.directory));
    expect(await Promise.all(children.map((child) => child.line()))).toEqual(Array(4).fill('opened'));
    await Promise.all(children.map((child) => child.finish()));
    expect(await (await place.open()).listDevices()).toEqual([]);
  });
});
