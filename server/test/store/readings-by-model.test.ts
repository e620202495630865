/** The store beside a list in memory: whatever arrives in whatever order, settled or not, each answer is the list's. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ReadingPosition, StoredReading } from '../../src/store/store.ts';
import { addDevice, batch, noon, reading, stampedReading } from './fixtures.ts';
import { makeSqlitePlace } from './sqlite-place.ts';

const upload = fc.record({
  device: fc.constantFrom('kitchen', 'attic'),
  bootId: fc.constantFrom(1n, 2n, 0xffff_ffff_ffff_ffffn),
  // With little room many come twice, late, and at the same time.
  readings: fc.array(
    fc.record({ sequence: fc.integer({ min: 1, max: 300 }), time: fc.option(fc.integer({ min: 0, max: 6 })) }),
    {
      minLength: 1,
      maxLength: 64,
    },
  ),
  byOther: fc.boolean(),
});
const questions = fc.record({
  order: fc.constantFrom('oldest first' as const, 'newest first' as const),
  limit: fc.integer({ min: 1, max: 40 }),
  from: fc.integer({ min: -1, max: 4 }),
  to: fc.integer({ min: 3, max: 8 }),
});
const nameOf = ({ deviceId, bootId, sequence }: Pick<StoredReading, 'deviceId' | 'bootId' | 'sequence'>) =>
  `${deviceId}/${bootId}/${sequence}`;

test('pages, arrivals, columns and counts are those of a list', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(upload, { minLength: 1, maxLength: 40 }), questions, async (uploads, question) => {
      const place = makeSqlitePlace();
      try {
        const store = await place.open({ exclusive: true, leastSettled: 60 });
        const other = await place.open({ shared: true });
        const owners = { kitchen: await addDevice(store), attic: await addDevice(store, 'attic') };
        const list = new Map<string, { device: string; bootId: bigint; sequence: number; time: number | null }>();
        const arrived: string[][] = [];
        for (const { device, bootId, readings, byOther } of uploads) {
          const fresh: string[] = [];
          for (const { sequence, time } of readings) {
            const name = nameOf({ deviceId: device, bootId, sequence });
            if (list.has(name)) continue;
            list.set(name, { device, bootId, sequence, time: time === null ? null : noon + time });
            fresh.push(name);
          }
          if (fresh.length > 0) arrived.push(fresh.sort());
          const sent = readings.map(({ sequence, time }) =>
            time === null ? reading(sequence) : stampedReading(sequence, noon + time),
          );
          const owner = owners[device as 'kitchen'];
          const append = { ...owner, batch: batch(sent, { bootId }), receivedAt: noon + 100 };
          const result = await (byOther ? other : store).appendReadings(append);
          expect(result).toEqual({ stored: fresh.length, duplicates: readings.length - fresh.length });
        }
        for (const by of [store, other]) {
          const found: string[][] = [];
          for (let cursor = 0; ; ) {
            const some = await by.arrivalsAfter(cursor, question.limit);
            found.push(...some.map(({ readings }) => readings.map(nameOf).sort()));
            if (some.length === 0) break;
            cursor = some.at(-1)?.arrival ?? 0;
          }
          expect(found).toEqual(arrived);
        }
        const range = { from: noon + question.from, to: noon + question.to };
        for (const deviceId of ['kitchen', 'attic']) {
          const own = [...list.values()].filter(({ device }) => device === deviceId);
          const inRange = own
            .flatMap(({ time, ...rest }) => (time === null ? [] : { ...rest, time }))
            .filter(({ time }) => time >= range.from && time < range.to)
            .sort(
              (a, b) =>
                a.time - b.time || (a.bootId < b.bootId ? -1 : a.bootId > b.bootId ? 1 : a.sequence - b.sequence),
            );
          const expected = question.order === 'oldest first' ? inRange : inRange.reverse();
          const found: ReadingPosition[] = [];
          for (;;) {
            const after = found.at(-1);
            const page = await store.listReadings({
              deviceId,
              ...range,
              order: question.order,
              limit: question.limit,
              ...(after && { after }),
            });
            found.push(
              ...(page ?? []).map(({ resolvedTime, bootId, sequence }) => ({
                time: resolvedTime ?? 0,
                bootId,
                sequence,
              })),
            );
            if ((page ?? []).length < question.limit) break;
          }
          expect(found).toEqual(expected.map(({ time, bootId, sequence }) => ({ time, bootId, sequence })));
          const times: number[] = [];
          for await (const columns of other.readingColumns({ deviceId, ...range })) times.push(...columns.times);
          expect(times.sort()).toEqual(inRange.map(({ time }) => time).sort());
          const boots = Map.groupBy(own, ({ bootId }) => bootId);
          const holes = [...boots.values()].map((of) => Math.max(...of.map(({ sequence }) => sequence)) - of.length);
          expect(await other.describeDevice(deviceId)).toMatchObject({
            boots: boots.size,
            readings: own.length,
            missingReadings: holes.reduce((sum, count) => sum + count, 0),
          });
        }
      } finally {
        await place.dispose();
      }
    }),
    { numRuns: 25 },
  );
});
