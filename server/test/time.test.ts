import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  day,
  durationOf,
  hour,
  localTimeText,
  microsOfDuration,
  microsOfTimestamp,
  minute,
  rfc3339,
  second,
  systemClock,
  timestampOf,
} from '../src/time.ts';

/** Without the type name, which is not what these tests are about. */
const parts = ({ seconds, nanos }: { readonly seconds: bigint; readonly nanos: number }) => ({ seconds, nanos });
const message = <Name extends string>($typeName: Name, seconds: bigint, nanos: number) => ({
  $typeName,
  seconds,
  nanos,
});
const timestamp = (seconds: bigint, nanos = 0) => message('google.protobuf.Timestamp', seconds, nanos);
const duration = (seconds: bigint, nanos = 0) => message('google.protobuf.Duration', seconds, nanos);

describe('time', () => {
  it('is counted in microseconds', () => {
    expect({ second, minute, hour, day }).toEqual({ second: 1e6, minute: 6e7, hour: 3.6e9, day: 8.64e10 });
  });

  it('comes from a clock that says milliseconds of the Unix epoch, and one that never goes back', () => {
    const before = Date.now();
    const wall = systemClock.wall();
    expect(wall).toBeGreaterThanOrEqual(before * 1000);
    expect(wall).toBeLessThanOrEqual(Date.now() * 1000);
    const first = systemClock.monotonic();
    const then = systemClock.monotonic();
    expect([first, then].every(Number.isSafeInteger)).toBe(true);
    expect(then).toBeGreaterThanOrEqual(first);
  });

  it('is written as RFC 3339 in UTC with milliseconds, cut, not rounded', () => {
    expect(rfc3339(Date.UTC(2026, 10, 22, 12) * 1000)).toBe('2026-11-22T12:00:00.000Z');
    expect(rfc3339(Date.UTC(2026, 10, 22, 12) * 1000 + 999)).toBe('2026-11-22T12:00:00.000Z');
    expect(rfc3339(Date.UTC(2026, 10, 22, 12) * 1000 - 1)).toBe('2026-11-22T11:59:59.999Z');
    expect(rfc3339(0)).toBe('1970-01-01T00:00:00.000Z');
  });
});

describe('a Timestamp', () => {
  it('has every microsecond of a time', () => {
    expect(parts(timestampOf(1_795_348_800_123_456))).toEqual({ seconds: 1_795_348_800n, nanos: 123_456_000 });
    expect(parts(timestampOf(0))).toEqual({ seconds: 0n, nanos: 0 });
    expect(parts(timestampOf(-1))).toEqual({ seconds: -1n, nanos: 999_999_000 });
  });

  it('gives back the time that it was made of, to the microsecond, from 1970 to 2223', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8e15 }), (time) => {
        const made = timestampOf(time);
        expect(microsOfTimestamp(made)).toBe(time);
        expect(made.nanos).toBeGreaterThanOrEqual(0);
        expect(made.nanos).toBeLessThan(1e9);
      }),
    );
  });

  it('is cut to whole microseconds', () => {
    expect(microsOfTimestamp(timestamp(1n, 999_999_999))).toBe(1_999_999);
    expect(microsOfTimestamp(timestamp(0n, 999))).toBe(0);
  });

  it('counts from the first second of 1970 to the last one that is exact', () => {
    expect(microsOfTimestamp(timestamp(0n))).toBe(0);
    expect(microsOfTimestamp(timestamp(8_000_000_000n, 999_999_999))).toBe(8_000_000_000_999_999);
    expect(Number.isSafeInteger(8_000_000_000_999_999)).toBe(true);
  });

  it.each([
    ['absent', undefined],
    ['before 1970', timestamp(-1n)],
    ['before 1970 by its nanoseconds', timestamp(0n, -1000)],
    ['of negative nanoseconds', timestamp(5n, -1)],
    ['of a second of nanoseconds', timestamp(5n, 1_000_000_000)],
    ['too far in the future', timestamp(8_000_000_001n)],
    ['the greatest there is', timestamp(2n ** 63n - 1n, 2 ** 31 - 1)],
    ['the least there is', timestamp(-(2n ** 63n), -(2 ** 31))],
  ])('says nothing when it is %s', (_, value) => {
    expect(microsOfTimestamp(value)).toBeUndefined();
  });
});

describe('a Duration', () => {
  it('has every microsecond of a span, with one sign', () => {
    expect(parts(durationOf(1_500_001))).toEqual({ seconds: 1n, nanos: 500_001_000 });
    expect(parts(durationOf(-1_500_001))).toEqual({ seconds: -1n, nanos: -500_001_000 });
    expect(parts(durationOf(-1))).toEqual({ seconds: 0n, nanos: -1000 });
    expect(parts(durationOf(0))).toEqual({ seconds: 0n, nanos: 0 });
  });

  it('gives back the span that it was made of, to the microsecond, forwards and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: -8e15, max: 8e15 }), (span) => {
        const made = durationOf(span);
        expect(microsOfDuration(made)).toBe(span);
        expect(Math.abs(made.nanos)).toBeLessThan(1e9);
        expect(Number(made.seconds) * made.nanos).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('is cut to whole microseconds, and a negative one cut to zero is a plain zero', () => {
    expect(microsOfDuration(duration(0n, 999))).toBe(0);
    expect(microsOfDuration(duration(0n, -999))).toBe(0);
    expect(microsOfDuration(duration(-1n, -999))).toBe(-1_000_000);
  });

  it.each([
    ['absent', undefined],
    ['longer than 250 years', duration(8_000_000_001n)],
    ['longer than 250 years backwards', duration(-8_000_000_001n)],
    ['of a second of nanoseconds', duration(0n, 1_000_000_000)],
    ['of a second of negative nanoseconds', duration(0n, -1_000_000_000)],
    ['positive and negative at once', duration(1n, -1)],
    ['negative and positive at once', duration(-1n, 1)],
    ['the greatest there is', duration(2n ** 63n - 1n, 2 ** 31 - 1)],
    ['the least there is', duration(-(2n ** 63n), -(2 ** 31))],
  ])('says nothing when it is %s', (_, value) => {
    expect(microsOfDuration(value)).toBeUndefined();
  });
});

const noon = Date.UTC(2026, 10, 22, 12) * 1000;

describe('local time', () => {
  const at = (...date: Parameters<typeof Date.UTC>) => localTimeText(Date.UTC(...date) * 1000, 0);

  it('counts the hours of a day from 00 to 23', () => {
    expect(at(2026, 10, 22, 0, 0, 0)).toBe('Sunday, November 22 2026 00:00:00');
    expect(at(2026, 10, 22, 0, 59, 59)).toBe('Sunday, November 22 2026 00:59:59');
    expect(at(2026, 10, 22, 12, 0, 0)).toBe('Sunday, November 22 2026 12:00:00');
    expect(at(2026, 10, 22, 23, 59, 59)).toBe('Sunday, November 22 2026 23:59:59');
  });

  it('has two digits of everything but the year', () => {
    expect(at(2027, 0, 1, 1, 2, 3)).toBe('Friday, January 01 2027 01:02:03');
  });

  it('does not round up to a second that has not come', () => {
    expect(localTimeText(Date.UTC(2026, 11, 31, 23, 59, 59) * 1000 + 999_999, 0)).toBe(
      'Thursday, December 31 2026 23:59:59',
    );
  });

  it('knows the names of all days and months, and leap days', () => {
    const firsts = Array.from({ length: 12 }, (_, month) => at(2028, month, 1).split(' 01 ')[0]);
    expect(firsts).toEqual([
      'Saturday, January',
      'Tuesday, February',
      'Wednesday, March',
      'Saturday, April',
      'Monday, May',
      'Thursday, June',
      'Saturday, July',
      'Tuesday, August',
      'Friday, September',
      'Sunday, October',
      'Wednesday, November',
      'Friday, December',
    ]);
    expect(at(2028, 1, 29)).toBe('Tuesday, February 29 2028 00:00:00');
  });

  it.each([
    [noon, 0, 'Sunday, November 22 2026 12:00:00'],
    [noon, 19_800, 'Sunday, November 22 2026 17:30:00'],
    [noon, -43_200, 'Sunday, November 22 2026 00:00:00'],
    [Date.UTC(2026, 0, 4, 23, 59, 59, 999) * 1000, 0, 'Sunday, January 04 2026 23:59:59'],
    [Date.UTC(2026, 0, 4, 23, 59, 59, 999) * 1000, 3_600, 'Monday, January 05 2026 00:59:59'],
  ])('of %i in a zone %i s east reads %s', (time, offset, text) => {
    expect(localTimeText(time, offset)).toBe(text);
  });
});
