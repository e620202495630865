import { invalidField } from '../errors.ts';
import { channelNames } from '../readings/reading.ts';
import type { ReadingColumns, Store } from '../store/store.ts';
import type { Micros } from '../time.ts';
import {
  greatestAggregateRange,
  greatestBucketCount,
  leastBucketWidth,
  type RangeNames,
  type TimeRange,
  unknownDevice,
} from './bounds.ts';
import type { ReaderLane } from './reader-share.ts';

/** Equal spans side by side from a range's start on; the last one may end behind the range. */
export interface Buckets {
  readonly start: Micros;
  readonly width: Micros;
  readonly count: number;
}

/** One channel's buckets, column by column; a bucket without a value is in no column. */
export interface ChannelAggregate {
  readonly channel: string;
  readonly buckets: readonly number[];
  readonly min: readonly number[];
  readonly mean: readonly number[];
  readonly max: readonly number[];
  readonly count: readonly number[];
}

/**
 * So many buckets, or buckets of such a width, over a range that has been checked. Throws `invalid_argument` for too
 * many, too narrow ones, and a range that is too long.
 */
export function bucketsOf(
  { from, to }: TimeRange,
  wanted: { readonly count: number } | { readonly width: Micros },
  names: RangeNames,
): Buckets {
  const span = to - from;
  if (span > greatestAggregateRange) throw invalidField(names.to, `at most 400 days after ${names.from}`);
  if ('count' in wanted) {
    const { count } = wanted;
    if (count < 1 || count > greatestBucketCount) throw invalidField('bucket_count', `1 to ${greatestBucketCount}`);
    const width = Math.ceil(span / count);
    return { start: from, width, count: Math.ceil(span / width) };
  }
  const { width } = wanted;
  if (!(width >= leastBucketWidth)) throw invalidField('bucket_width', 'at least 1 ms');
  const count = Math.ceil(span / width);
  if (count > greatestBucketCount) {
    throw invalidField('bucket_width', `one that the range holds at most ${greatestBucketCount} times`);
  }
  return { start: from, width, count };
}

/** Readings in one step: about half a millisecond. */
const greatestStep = 1024;

/** Least, mean and greatest value of each channel in each bucket. Throws `not_found` for an unknown device. */
export async function aggregateReadings(
  store: Pick<Store, 'listReadings' | 'readingColumns'>,
  lane: ReaderLane,
  question: { readonly deviceId: string; readonly range: TimeRange; readonly buckets: Buckets },
): Promise<readonly ChannelAggregate[]> {
  const range = { deviceId: question.deviceId, ...question.range };
  const sums = channelNames.map((channel) => new ChannelSums(channel, question.buckets.count));
  const all = store.readingColumns(range)[Symbol.asyncIterator]();
  const takeStep = async () => {
    for (let readings = 0; readings < greatestStep; ) {
      const { value, done } = await all.next();
      if (done) return false;
      if (value.times.length === 0) return true;
      add(value, question.buckets, sums);
      readings += value.times.length;
    }
    return true;
  };
  while (await lane.step(takeStep));
  const channels = sums.map((sum) => sum.finish()).filter(({ buckets }) => buckets.length > 0);
  // Whose readings there are is no question where there are some.
  const isKnown = channels.length > 0 || (await store.listReadings({ ...range, order: 'oldest first', limit: 1 }));
  if (!isKnown) throw unknownDevice();
  return channels;
}

function add(columns: ReadingColumns, buckets: Buckets, sums: readonly ChannelSums[]): void {
  const runs = runsOf(columns.times, buckets);
  sums.forEach((sum, channel) => {
    const values = columns.channels[channel];
    if (values) for (const run of runs) sum.add(run, values);
  });
}

/** Readings beside each other that are in one bucket. */
interface Run {
  readonly bucket: number;
  readonly from: number;
  readonly to: number;
}

/** Readings come mostly in order of time, so that there are few. */
function runsOf(times: Float64Array, { start, width }: Buckets): readonly Run[] {
  const runs: Run[] = [];
  for (let from = 0, to = 0; from < times.length; from = to) {
    const bucket = Math.floor(((times[from] as number) - start) / width);
    const begin = start + bucket * width;
    const end = begin + width;
    do to += 1;
    while (to < times.length && (times[to] as number) >= begin && (times[to] as number) < end);
    runs.push({ bucket, from, to });
  }
  return runs;
}

class ChannelSums {
  readonly #channel: string;
  readonly #count: Uint32Array;
  readonly #sum: Float64Array;
  readonly #min: Float32Array;
  readonly #max: Float32Array;

  constructor(channel: string, buckets: number) {
    this.#channel = channel;
    this.#count = new Uint32Array(buckets);
    this.#sum = new Float64Array(buckets);
    this.#min = new Float32Array(buckets).fill(Number.POSITIVE_INFINITY);
    this.#max = new Float32Array(buckets).fill(Number.NEGATIVE_INFINITY);
  }

  add({ bucket, from, to }: Run, values: Float32Array): void {
    let [count, sum, min, max] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let index = from; index < to; index += 1) {
      const value = values[index] as number;
      // NaN: the sensor was absent.
      if (Number.isNaN(value)) continue;
      count += 1;
      sum += value;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    this.#count[bucket] = (this.#count[bucket] as number) + count;
    this.#sum[bucket] = (this.#sum[bucket] as number) + sum;
    this.#min[bucket] = Math.min(this.#min[bucket] as number, min);
    this.#max[bucket] = Math.max(this.#max[bucket] as number, max);
  }

  finish(): ChannelAggregate {
    const buckets = [...this.#count.keys()].filter((bucket) => this.#count[bucket]);
    const pick = (column: Float32Array | Uint32Array) => buckets.map((bucket) => column[bucket] as number);
    return {
      channel: this.#channel,
      buckets,
      min: pick(this.#min),
      mean: buckets.map((bucket) => (this.#sum[bucket] as number) / (this.#count[bucket] as number)),
      max: pick(this.#max),
      count: pick(this.#count),
    };
  }
}
