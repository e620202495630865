import type { ClockQuality } from '#gen/reading_service_pb.js';
import { type Milliseconds, millisecondsOfDuration } from './time.ts';

/** What stands where nothing is known. */
export const nothing = '–';

/** A number with so many decimals, and a true minus sign. */
export function decimal(value: number | undefined, digits: number): string {
  if (value === undefined || !Number.isFinite(value)) return nothing;
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/** What the server says, as a sentence. */
export function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}

/** 1 device, 2 devices. */
export function count(number: number | bigint, noun: string): string {
  return `${wholeNumber(number)} ${noun}${Number(number) === 1 ? '' : 's'}`;
}

/** 1,234,567. */
export function wholeNumber(number: number | bigint): string {
  return number.toLocaleString('en');
}

/** How long ago: 3 s, 5 min, 2 h, 4 days. */
export function age(span: Milliseconds): string {
  const seconds = Math.max(0, Math.floor(span / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${wholeNumber(Math.floor(seconds / 86_400))} days`;
}

/** A short span in the unit that suits it: 0.4 ms, 12 ms, 1.3 s, 7 min. */
export function spanText(span: Milliseconds): string {
  const size = Math.abs(span);
  if (size < 0.05) return '0 ms';
  if (size < 10) return `${decimal(size, size < 0.95 ? 1 : 0)} ms`;
  if (size < 999.5) return `${Math.round(size)} ms`;
  if (size < 59_950) return `${decimal(size / 1000, 1)} s`;
  return age(size);
}

/** How a device keeps time, in sentences. */
export function clockSentences(clock: ClockQuality | undefined): readonly string[] {
  if (clock === undefined) return ['Nothing has come yet to tell the clock by.'];
  return [offsetSentence(clock), driftSentence(clock)].filter((sentence) => sentence !== undefined);
}

function offsetSentence({ offset, uncertainty }: ClockQuality): string {
  const within = uncertainty === undefined ? undefined : millisecondsOfDuration(uncertainty);
  const known = within === undefined ? '' : `, give or take ${spanText(within)}`;
  if (offset === undefined) {
    return `The device has not set its clock; the server tells when its readings were taken${known}.`;
  }
  const behind = millisecondsOfDuration(offset);
  if (within !== undefined && Math.abs(behind) <= within) return `Right within ${spanText(within)}.`;
  return `${spanText(behind)} ${behind > 0 ? 'behind' : 'ahead of'} the server${known}.`;
}

function driftSentence({ driftPpm, driftUncertaintyPpm }: ClockQuality): string | undefined {
  if (driftPpm === undefined) return undefined;
  const known = driftUncertaintyPpm === undefined ? '' : ` ± ${decimal(driftUncertaintyPpm, 1)}`;
  if (Math.abs(driftPpm) < 0.05) return 'Its crystal neither gains nor loses.';
  // 1 ppm of a day is 86.4 ms.
  const aDay = spanText(driftPpm * 86.4);
  const size = decimal(Math.abs(driftPpm), 1);
  return `Its crystal ${driftPpm > 0 ? 'loses' : 'gains'} ${size}${known} ppm, ${aDay} a day.`;
}

/** How good a Wi-Fi signal of so many dBm is: bars, 0 to 4, and a word. */
export function signalQuality(dbm: number): { readonly bars: number; readonly word: string } {
  if (dbm >= -55) return { bars: 4, word: 'strong' };
  if (dbm >= -67) return { bars: 3, word: 'good' };
  if (dbm >= -75) return { bars: 2, word: 'fair' };
  if (dbm >= -85) return { bars: 1, word: 'weak' };
  return { bars: 0, word: 'barely there' };
}
