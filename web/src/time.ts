import { create } from '@bufbuild/protobuf';
import type { Duration, Timestamp } from '@bufbuild/protobuf/wkt';
import { TimestampSchema } from '@bufbuild/protobuf/wkt';

/** Since 1970, or a span. */
export type Milliseconds = number;

export const second: Milliseconds = 1000;
export const minute: Milliseconds = 60 * second;
export const hour: Milliseconds = 60 * minute;
export const day: Milliseconds = 24 * hour;

export function millisecondsOf(timestamp: Timestamp): Milliseconds {
  return Number(timestamp.seconds) * 1000 + timestamp.nanos / 1e6;
}

export function millisecondsOfDuration(duration: Duration): Milliseconds {
  return Number(duration.seconds) * 1000 + duration.nanos / 1e6;
}

/** Of whole milliseconds. */
export function timestampOf(time: Milliseconds): Timestamp {
  const seconds = Math.floor(time / 1000);
  return create(TimestampSchema, { seconds: BigInt(seconds), nanos: (time - seconds * 1000) * 1e6 });
}

let serverAhead: Milliseconds = 0;

/** Takes the Date header of an answer: this machine's clock may be wrong, and ages are told by the server's. */
export function hearServerTime(date: string | null): void {
  const heard = date === null ? Number.NaN : Date.parse(date);
  // The header has whole seconds; within 2 s the two clocks count as equal.
  const ahead = heard + 500 - Date.now();
  if (!Number.isNaN(ahead)) serverAhead = Math.abs(ahead) < 2 * second ? 0 : ahead;
}

/** Now, by the server's clock. */
export function serverNow(): Milliseconds {
  return Date.now() + serverAhead;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (part: number) => String(part).padStart(2, '0');

/** 12:03, in this machine's time zone. */
export function clockTime(time: Milliseconds): string {
  const date = new Date(time);
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** 12:03:07. */
export function clockTimeWithSeconds(time: Milliseconds): string {
  return `${clockTime(time)}:${two(new Date(time).getSeconds())}`;
}

/** 22 Nov. */
export function dayText(time: Milliseconds): string {
  const date = new Date(time);
  return `${date.getDate()} ${months[date.getMonth()]}`;
}

/** 22 Nov 2026, 12:03. */
export function dateTime(time: Milliseconds): string {
  return `${dayText(time)} ${new Date(time).getFullYear()}, ${clockTime(time)}`;
}
