import type { AggregateReadingsResponse, StoredReading } from '#gen/reading_service_pb.js';
import type { Channel } from './channels.ts';
import { type Milliseconds, millisecondsOf, millisecondsOfDuration } from './time.ts';

/** What is known of one channel in one span of time. */
export interface Bucket {
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  readonly count: number;
}

/**
 * Column by column, an element for each bucket of the window. null is a gap; undefined is a bucket without a value that
 * is none, because the readings come more slowly than the buckets.
 */
export interface BucketColumns {
  readonly min: readonly (number | null | undefined)[];
  readonly mean: readonly (number | null | undefined)[];
  readonly max: readonly (number | null | undefined)[];
}

/** The newest readings of a device by buckets of equal width, which move on with the time. */
export class BucketWindow {
  readonly width: Milliseconds;
  readonly size: number;
  /** By channel, then by the bucket's number since 1970. */
  readonly #channels = new Map<string, Map<number, Bucket>>();

  constructor(width: Milliseconds, size: number) {
    this.width = width;
    this.size = size;
  }

  /** The number of the first bucket of the window that ends with the one of `now`. */
  first(now: Milliseconds): number {
    return Math.floor(now / this.width) - this.size + 1;
  }

  /** The bucket's middle, in seconds. */
  middle(bucket: number): number {
    return ((bucket + 0.5) * this.width) / 1000;
  }

  /** Takes the server's aggregates, of buckets of this width that begin at a multiple of it, in place of all before. */
  load({ startTime, bucketWidth, channels }: AggregateReadingsResponse): void {
    this.#channels.clear();
    if (startTime === undefined || bucketWidth === undefined) return;
    const offset = Math.round(millisecondsOf(startTime) / millisecondsOfDuration(bucketWidth));
    for (const { channel, buckets, min, mean, max, count } of channels) {
      const column = this.#column(channel);
      buckets.forEach((bucket, index) => {
        column.set(offset + bucket, {
          min: min[index] ?? Number.NaN,
          mean: mean[index] ?? Number.NaN,
          max: max[index] ?? Number.NaN,
          count: count[index] ?? 0,
        });
      });
    }
  }

  /** Adds one reading's values to their buckets. */
  add(reading: StoredReading, channels: readonly Channel[]): void {
    if (reading.collectedTime === undefined) return;
    const bucket = Math.floor(millisecondsOf(reading.collectedTime) / this.width);
    for (const { name, of } of channels) {
      const value = of(reading);
      if (value === undefined) continue;
      const column = this.#column(name);
      column.set(bucket, withValue(column.get(bucket), value));
    }
  }

  /** Forgets what has left the window. */
  prune(now: Milliseconds): void {
    const first = this.first(now);
    for (const column of this.#channels.values()) {
      for (const bucket of column.keys()) if (bucket < first) column.delete(bucket);
    }
  }

  columns(channel: Channel, now: Milliseconds, factor: number): BucketColumns {
    const first = this.first(now);
    const column = this.#channels.get(channel.name);
    const present = [...(column?.keys() ?? [])]
      .filter((bucket) => bucket >= first && bucket < first + this.size)
      .sort((one, other) => one - other);
    const empty: readonly (null | undefined)[] = emptyBuckets(present, first, this.size);
    const min: (number | null | undefined)[] = [...empty];
    const mean: (number | null | undefined)[] = [...empty];
    const max: (number | null | undefined)[] = [...empty];
    for (const bucket of present) {
      const values = column?.get(bucket);
      if (values === undefined) continue;
      min[bucket - first] = values.min * factor;
      mean[bucket - first] = values.mean * factor;
      max[bucket - first] = values.max * factor;
    }
    return { min, mean, max };
  }

  /** The channel's buckets of the window put together into `parts` spans, for a table; undefined where there is none. */
  spans(channel: Channel, now: Milliseconds, parts: number): readonly (Bucket | undefined)[] {
    const first = this.first(now);
    const column = this.#channels.get(channel.name);
    const spans: (Bucket | undefined)[] = Array.from({ length: parts }, () => undefined);
    for (const [bucket, values] of column ?? []) {
      const part = Math.floor(((bucket - first) * parts) / this.size);
      if (part >= 0 && part < parts) spans[part] = merged(spans[part], values);
    }
    return spans;
  }

  #column(channel: string): Map<number, Bucket> {
    let column = this.#channels.get(channel);
    if (column === undefined) {
      column = new Map();
      this.#channels.set(channel, column);
    }
    return column;
  }
}

function withValue(bucket: Bucket | undefined, value: number): Bucket {
  return merged(bucket, { min: value, mean: value, max: value, count: 1 });
}

function merged(one: Bucket | undefined, other: Bucket): Bucket {
  if (one === undefined) return other;
  const count = one.count + other.count;
  return {
    min: Math.min(one.min, other.min),
    mean: one.mean + ((other.mean - one.mean) * other.count) / count,
    max: Math.max(one.max, other.max),
    count,
  };
}

/** Where a column has no value: a gap when more than two and a half of the usual distances lie between its neighbours. */
function emptyBuckets(present: readonly number[], first: number, size: number): readonly (null | undefined)[] {
  const distances = present.slice(1).map((bucket, index) => bucket - (present[index] ?? bucket));
  const usual = [...distances].sort((one, other) => one - other)[(distances.length - 1) >> 1] ?? 1;
  const empty: (null | undefined)[] = Array.from({ length: size }, () => null);
  distances.forEach((distance, index) => {
    const from = (present[index] ?? first) - first;
    if (distance <= 2.5 * usual) empty.fill(undefined, from + 1, from + distance);
  });
  return empty;
}
