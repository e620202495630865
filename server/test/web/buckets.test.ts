import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { AggregateReadingsResponseSchema, StoredReadingSchema } from '#gen/reading_service_pb.js';
import { BucketWindow } from '../../../web/src/buckets.ts';
import { quantities } from '../../../web/src/channels.ts';
import { durationOf, timestampOf } from '../../src/time.ts';

const [temperature] = quantities;
const air = temperature!.channels[0]!;
/** Buckets of 10 s; the window of 10 ends with that of this moment. */
const now = 1_000_000_000_000 + 95_000;
const start = 1_000_000_000_000;

function aggregates(buckets: readonly number[]) {
  return create(AggregateReadingsResponseSchema, {
    startTime: timestampOf(start * 1000),
    bucketWidth: durationOf(10_000_000),
    bucketCount: 10,
    channels: [
      {
        channel: air.name,
        buckets: [...buckets],
        min: buckets.map((bucket) => bucket - 1),
        mean: [...buckets],
        max: buckets.map((bucket) => bucket + 2),
        count: buckets.map(() => 2),
      },
    ],
  });
}

function window(buckets: readonly number[]): BucketWindow {
  const made = new BucketWindow(10_000, 10);
  made.load(aggregates(buckets));
  return made;
}

function airReading(time: number, temperatureCelsius: number) {
  return create(StoredReadingSchema, {
    collectedTime: timestampOf(time * 1000),
    sht4x: { temperatureCelsius, humidityPercent: 50 },
  });
}

it('shows what the server gave, each bucket at its place', () => {
  const all = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  expect(window(all).columns(air, now, 1)).toEqual({
    min: all.map((bucket) => bucket - 1),
    mean: all,
    max: all.map((bucket) => bucket + 2),
  });
});

it('leaves a gap where buckets are missing', () => {
  expect(window([0, 1, 2, 3, 7, 8, 9]).columns(air, now, 1).mean).toEqual([0, 1, 2, 3, null, null, null, 7, 8, 9]);
});

it('takes no gap for readings that come more slowly than the buckets', () => {
  expect(window([0, 2, 4, 6, 8]).columns(air, now, 1).mean).toEqual([
    0,
    undefined,
    2,
    undefined,
    4,
    undefined,
    6,
    undefined,
    8,
    null,
  ]);
});

it('adds a reading to its bucket, in the unit shown', () => {
  const live = window([8]);
  live.add(airReading(start + 81_000, 20), [air]);
  live.add(airReading(start + 92_000, 5), [air]);
  live.add(airReading(start + 93_000, 7), [air]);
  const { min, mean, max } = live.columns(air, now, 10);
  expect([min, mean, max].map((column) => column.slice(8))).toEqual([
    [70, 50],
    [120, 60],
    [200, 70],
  ]);
});

it('adds nothing for a reading without a time, or without that sensor', () => {
  const live = window([]);
  live.add(create(StoredReadingSchema, { sht4x: { temperatureCelsius: 1, humidityPercent: 1 } }), [air]);
  live.add(create(StoredReadingSchema, { collectedTime: timestampOf(now * 1000) }), [air]);
  expect(live.spans(air, now, 1)).toEqual([undefined]);
});

it('moves on with the time and forgets what has left it', () => {
  const live = window([0, 1, 9]);
  live.add(airReading(start + 105_000, 42), [air]);
  live.prune(now + 10_000);
  expect(live.columns(air, now + 10_000, 1).mean).toEqual([1, null, null, null, null, null, null, null, 9, 42]);
  live.prune(now + 100_000);
  expect(live.spans(air, now + 100_000, 1)).toEqual([{ min: 42, mean: 42, max: 42, count: 1 }]);
});

it('puts buckets together, each by its count', () => {
  const live = window([0, 1]);
  live.add(airReading(start, 9), [air]);
  expect(live.spans(air, now, 2)).toEqual([{ min: -1, mean: (0 * 2 + 9 + 1 * 2) / 5, max: 9, count: 5 }, undefined]);
});
