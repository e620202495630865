/** What a question may ask for, at most. */
import { invalidField, SealpostError } from '../errors.ts';
import { day, type Micros } from '../time.ts';

/** Readings, or devices, on one page. */
export const pageSizes = { usual: 100, greatest: 1000 } as const;
/** Buckets of an aggregate. */
export const greatestBucketCount = 2000;
/** The width of a bucket. */
export const leastBucketWidth: Micros = 1000;
/** Of an aggregate. */
export const greatestAggregateRange: Micros = 400 * day;
/** A range lies between these. */
export const times = { first: 0, last: Date.UTC(2200, 0, 1) * 1000 } as const;

/** A span of time: `from` is in it, `to` is not. */
export interface TimeRange {
  readonly from: Micros;
  readonly to: Micros;
}

/** What whoever asks calls the two ends of a range. */
export interface RangeNames {
  readonly from: string;
  readonly to: string;
}

/** Throws `invalid_argument` for a range that is empty, reversed or of another age. */
export function checkRange({ from, to }: TimeRange, names: RangeNames): void {
  if (to <= times.first || to > times.last) throw invalidField(names.to, 'a time after 1970 and not after 2200');
  if (from < times.first || from >= times.last) throw invalidField(names.from, 'a time from 1970 on and before 2200');
  if (from >= to) throw invalidField(names.to, `a time after ${names.from}`);
}

/** The page size that a question means. Throws `invalid_argument` for one over the limit. */
export function pageSizeOf(asked: number): number {
  if (asked > pageSizes.greatest) throw invalidField('page_size', `at most ${pageSizes.greatest}`);
  return asked === 0 ? pageSizes.usual : asked;
}

export function unknownDevice(): SealpostError {
  return new SealpostError('not_found', 'no such device: ListDevices, or GET /devices, shows which there are');
}
