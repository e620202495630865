import { invalidField } from '../errors.ts';
import { checkDeviceId } from '../session/device-id.ts';
import { type Micros, second } from '../time.ts';

export type RawQuery = Readonly<Record<string, string | string[] | undefined>>;

/** The parameters of a URL, each at most once and none but those named, or `invalid_argument`. */
export function parametersOf<Name extends string>(
  query: RawQuery,
  names: readonly Name[],
): { readonly [Key in Name]?: string } {
  const known = new Set<string>(names);
  for (const [name, value] of Object.entries(query)) {
    if (!known.has(name)) throw invalidField('query', `no other parameters than ${names.join(', ')}`);
    if (typeof value !== 'string') throw invalidField(name, 'once');
  }
  return query as { readonly [Key in Name]?: string };
}

/** The device that `device` names, undefined when it is absent. */
export function deviceIn(device: string | undefined): string | undefined {
  if (device !== undefined) checkDeviceId(device);
  return device;
}

/** A whole number from 1 to `greatest`, as `usual` when it is absent. */
export function limitIn(limit: string | undefined, usual: number, greatest: number): number {
  if (limit === undefined) return usual;
  const value = /^\d{1,9}$/.test(limit) ? Number(limit) : 0;
  if (value < 1 || value > greatest) throw invalidField('limit', `1 to ${greatest}`);
  return value;
}

// Where it was not escaped, the + in front of an offset arrives as a space.
const dateTime =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+ -])([01]\d|2[0-3]):([0-5]\d))$/;

/** A date-time of RFC 3339, section 5.6, to the microsecond, or `invalid_argument`. Leap seconds are none. */
export function timeIn(name: string, text: string): Micros {
  const time = parseTime(text);
  if (time === undefined) throw invalidField(name, 'an RFC 3339 time such as 2026-11-22T12:00:00Z');
  return time;
}

function parseTime(text: string): Micros | undefined {
  const [, year, month, day, hours, minutes, seconds, fraction = '', sign, offsetHours = '0', offsetMinutes = '0'] =
    dateTime.exec(text) ?? [];
  const parts = [year, Number(month) - 1, day, hours, minutes, seconds].map(Number);
  const [y = 0, ...rest] = parts;
  const utc = Date.UTC(y, ...rest);
  const date = new Date(utc);
  const back = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  back.push(date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds());
  // The 30th of February is another day, and no text at all is none.
  if (!back.every((part, index) => part === parts[index])) return undefined;
  const offset = (sign === '-' ? -60 : 60) * (Number(offsetHours) * 60 + Number(offsetMinutes));
  return (utc / 1000 - offset) * second + Math.floor(Number(fraction.padEnd(9, '0')) / 1000);
}
