import { afterEach, beforeEach, expect, test } from 'vitest';
import { startChild } from './child.ts';
import { addDevice, batch, currentOwner, noon, reading } from './fixtures.ts';
import { makeSqlitePlace, type SqlitePlace } from './sqlite-place.ts';

let place: SqlitePlace;
beforeEach(() => {
  place = makeSqlitePlace();
});
afterEach(() => place.dispose());

test('what a killed server had given receipts for is stored, once', async () => {
  const first = await place.open();
  await addDevice(first);
  await first.close();
  const receipts = new Map<string, number[]>();

  for (const linesBeforeKill of [1, 50, 333, 7, 1000]) {
    const server = startChild('append', place.directory);
    const lines: (string | undefined)[] = [];
    while (lines.length < linesBeforeKill) lines.push(await server.line());
    lines.push(...(await server.kill()));
    for (const line of lines) {
      const [bootId = '', sequence = ''] = line?.split(' ') ?? [];
      receipts.set(bootId, [...(receipts.get(bootId) ?? []), Number(sequence)]);
    }

    const store = await place.open({ exclusive: true });
    const owner = await currentOwner(store);
    for (const [bootId, sequences] of receipts) {
      expect(sequences.every((sequence) => Number.isInteger(sequence) && sequence > 0)).toBe(true);
      const readings = sequences.map((sequence) => reading(sequence));
      const append = { ...owner, batch: batch(readings, { bootId: BigInt(bootId) }), receivedAt: noon };
      expect(await store.appendReadings(append)).toEqual({ stored: 0, duplicates: sequences.length });
    }
    // A commit is whole or not there: what was stored without a receipt getting out leaves no hole.
    expect(await store.describeDevice('kitchen')).toMatchObject({ boots: receipts.size, missingReadings: 0 });
    await store.close();
  }
  expect(receipts.size).toBe(5);
});
