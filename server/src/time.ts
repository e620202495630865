import { create } from '@bufbuild/protobuf';
import { type Duration, DurationSchema, type Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt';

/**
 * Time inside the server is a number of whole microseconds: of the Unix epoch, or of a monotonic clock. A double
 * holds them exactly for 285 years.
 */
export type Micros = number;

export const millisecond: Micros = 1_000;
export const second: Micros = 1_000_000;
export const minute: Micros = 60 * second;
export const hour: Micros = 60 * minute;
export const day: Micros = 24 * hour;

/** Both clocks of a machine, passed in wherever time matters. */
export interface Clock {
  /** Microseconds of the Unix epoch, as this machine believes. May step. */
  wall(): Micros;
  /** Microseconds since some fixed moment. Never steps. */
  monotonic(): Micros;
}

export const systemClock: Clock = {
  // Date, not performance.now: a step of the machine's clock must show.
  wall: () => Date.now() * 1000,
  monotonic: () => Number(process.hrtime.bigint() / 1000n),
};

const greatestSeconds = 8_000_000_000;

/**
 * The Timestamp's microseconds, or undefined when it is absent, malformed, before 1970 or outside what a calendar of
 * this century needs.
 */
export function microsOfTimestamp(timestamp: Timestamp | undefined): Micros | undefined {
  if (!timestamp || timestamp.seconds < 0n || timestamp.nanos < 0) return undefined;
  return microsOf(Number(timestamp.seconds), timestamp.nanos);
}

/** The Duration's microseconds, or undefined when it is absent, malformed or longer than 250 years. */
export function microsOfDuration(duration: Duration | undefined): Micros | undefined {
  if (!duration) return undefined;
  const { seconds, nanos } = duration;
  // Both parts have one sign (google/protobuf/duration.proto).
  if ((seconds > 0n && nanos < 0) || (seconds < 0n && nanos > 0)) return undefined;
  return microsOf(Number(seconds), nanos);
}

/** Seconds and nanoseconds of one sign, or undefined for more than 250 years. */
export function microsOf(seconds: number, nanos: number): Micros | undefined {
  if (Math.abs(seconds) > greatestSeconds || Math.abs(nanos) >= 1e9) return undefined;
  return seconds * 1_000_000 + Math.trunc(nanos / 1000);
}

export function timestampOf(time: Micros): Timestamp {
  const seconds = Math.floor(time / second);
  return create(TimestampSchema, { seconds: BigInt(seconds), nanos: (time - seconds * second) * 1000 });
}

export function durationOf(span: Micros): Duration {
  const seconds = Math.trunc(span / second);
  return create(DurationSchema, { seconds: BigInt(seconds), nanos: (span - seconds * second) * 1000 });
}

/** RFC 3339 in UTC with milliseconds: 2026-11-22T12:00:00.000Z. */
export function rfc3339(time: Micros): string {
  return new Date(time / 1000).toISOString();
}

// Names of our own: the first Intl.DateTimeFormat of a process takes 8 MB.
const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = 'January February March April May June July August September October November December'.split(' ');

/** A time in a zone as strftime's `%A, %B %d %Y %H:%M:%S` has it: Sunday, November 22 2026 12:00:00. */
export function localTimeText(time: Micros, utcOffsetSeconds: number): string {
  const local = new Date(time / 1000 + utcOffsetSeconds * 1000);
  const two = (part: number) => String(part).padStart(2, '0');
  const date = `${months[local.getUTCMonth()]} ${two(local.getUTCDate())} ${local.getUTCFullYear()}`;
  const clock = [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds()].map(two).join(':');
  return `${weekdays[local.getUTCDay()]}, ${date} ${clock}`;
}
