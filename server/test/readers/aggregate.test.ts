import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { aggregateReadings, type Buckets, bucketsOf } from '../../src/readers/aggregate.ts';
import { laneUntil, type ReaderLane } from '../../src/readers/reader-share.ts';
import { channelNames } from '../../src/readings/reading.ts';
import { day, second } from '../../src/time.ts';
import { MemoryStore, noon, storedReading } from './memory-store.ts';

const names = { from: 'start_time', to: 'end_time' };
const tenSeconds = { from: noon, to: noon + 10 * second };
const atOnce: ReaderLane = { step: (work) => work() };
let store: MemoryStore;
beforeEach(() => {
  store = new MemoryStore();
});

function aggregate(range = tenSeconds, buckets: Buckets = bucketsOf(range, { count: 5 }, names)) {
  return aggregateReadings(store, atOnce, {
    deviceId: 'greenhouse',
    range,
    buckets,
  });
}

/** A reading with a humidity alone. */
const humid = (sequence: number, humidityPercent: number) =>
  storedReading(sequence, { bmp280: null, mpu6050: null, sht4x: { temperatureCelsius: 20, humidityPercent } });

describe('an aggregate', () => {
  it('is left alone as soon as nobody waits for it any more', async () => {
    const left = new AbortController();
    let pieces = 0;
    const columns = { times: Float64Array.of(noon), channels: [] };
    store.readingColumns = async function* () {
      while (pieces < 10_000) {
        pieces += 1;
        if (pieces === 2000) left.abort();
        yield columns;
      }
    };
    const answer = aggregateReadings(store, laneUntil(left.signal, atOnce), {
      deviceId: 'greenhouse',
      range: tenSeconds,
      buckets: bucketsOf(tenSeconds, { count: 5 }, names),
    });
    await expect(answer).rejects.toThrow('aborted');
    // Those of the step in which it heard of it.
    expect(pieces).toBe(2048);
  });

  it('ends its step where the store says that more takes long', async () => {
    const pieces = [[noon], [], [], [noon + second]];
    store.readingColumns = async function* () {
      for (const times of pieces) {
        yield { times: Float64Array.from(times), channels: times.map(() => Float32Array.of(20)) };
      }
    };
    let steps = 0;
    const counted: ReaderLane = {
      step: (work) => {
        steps += 1;
        return work();
      },
    };
    const buckets = bucketsOf(tenSeconds, { count: 1 }, names);
    const [channel] = await aggregateReadings(store, counted, { deviceId: 'greenhouse', range: tenSeconds, buckets });
    expect([steps, channel?.count]).toEqual([3, [2]]);
  });

  it('has the least, mean and greatest value and the count of each bucket that has any', async () => {
    store.receive(humid(0, 10), humid(1, 20), humid(6, 70), humid(7, 70.5), humid(10, 99));
    expect(await aggregate()).toEqual([
      {
        channel: 'sht4x.temperature_celsius',
        buckets: [0, 3],
        min: [20, 20],
        mean: [20, 20],
        max: [20, 20],
        count: [2, 2],
      },
      {
        channel: 'sht4x.humidity_percent',
        buckets: [0, 3],
        min: [10, 70],
        mean: [15, 70.25],
        max: [20, 70.5],
        count: [2, 2],
      },
    ]);
  });

  it('has all channels, and counts a sensor that was absent in none', async () => {
    store.receive(storedReading(1), storedReading(2, { bmp280: null }));
    const channels = await aggregate();
    expect(channels.map(({ channel, count }) => [channel, count])).toEqual(
      channelNames.map((name) => [name, name.startsWith('bmp280.') ? [1] : [1, 1]]),
    );
  });

  it('of nothing is nothing', async () => {
    store.receive(storedReading(-1));
    expect(await aggregate()).toEqual([]);
  });

  it('is what the definition gives, for any readings in any buckets', async () => {
    const values = fc.array(fc.tuple(fc.integer({ min: -5, max: 30 }), fc.float({ noNaN: true, min: -40, max: 100 })));
    await fc.assert(
      fc.asyncProperty(values, fc.integer({ min: 1, max: 12 }), async (pairs, count) => {
        store = new MemoryStore();
        store.receive(humid(-100, 0), ...pairs.map(([at, value]) => humid(at, value)));
        const range = { from: noon, to: noon + 20 * second };
        const buckets = bucketsOf(range, { count }, names);
        const found = (await aggregate(range, buckets)).find(({ channel }) => channel === 'sht4x.humidity_percent');
        const inside = pairs.filter(([at]) => at >= 0 && at < 20);
        const byBucket = Map.groupBy(inside, ([at]) => Math.floor((at * second) / buckets.width));
        const expected = [...byBucket].sort(([one], [other]) => one - other);
        expect(found?.buckets ?? []).toEqual(expected.map(([bucket]) => bucket));
        expect(found?.count ?? []).toEqual(expected.map(([, members]) => members.length));
        expect(found?.min ?? []).toEqual(expected.map(([, members]) => Math.min(...members.map(([, value]) => value))));
        expect(found?.max ?? []).toEqual(expected.map(([, members]) => Math.max(...members.map(([, value]) => value))));
      }),
      { numRuns: 50 },
    );
  });

  it('is refused for a device that there is not', async () => {
    await expect(aggregate()).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('buckets', () => {
  it('lie side by side from the start and cover the range', () => {
    const range = { from: noon, to: noon + 10 };
    expect(bucketsOf(range, { count: 3 }, names)).toEqual({ start: noon, width: 4, count: 3 });
    expect(bucketsOf(range, { count: 2000 }, names)).toEqual({ start: noon, width: 1, count: 10 });
    expect(bucketsOf(tenSeconds, { width: 3 * second }, names)).toEqual({ start: noon, width: 3 * second, count: 4 });
  });

  it.each([
    [{ count: 0 }, 'bucket_count: expected 1 to 2000'],
    [{ count: 2001 }, 'bucket_count: expected 1 to 2000'],
    [{ width: 0 }, 'bucket_width: expected at least 1 ms'],
    [{ width: -second }, 'bucket_width: expected at least 1 ms'],
    [{ width: 1000 }, 'bucket_width: expected one that the range holds at most 2000 times'],
  ])('are refused as %j', (wanted, message) => {
    expect(() => bucketsOf(tenSeconds, wanted, names)).toThrow(
      expect.objectContaining({ code: 'invalid_argument', message }),
    );
  });

  it('are refused over more than 400 days', () => {
    const range = { from: noon, to: noon + 400 * day };
    expect(bucketsOf(range, { count: 1 }, names)).toEqual({ start: noon, width: 400 * day, count: 1 });
    expect(() => bucketsOf({ ...range, to: range.to + 1 }, { count: 1 }, names)).toThrow(
      expect.objectContaining({
        code: 'invalid_argument',
        message: 'end_time: expected at most 400 days after start_time',
      }),
    );
  });
});
