import { InvalidArgumentError } from 'commander';
import { day, hour, type Micros, minute } from '../time.ts';

const units: Readonly<Record<string, Micros>> = { m: minute, h: hour, d: day, w: 7 * day };
const duration = /^(\d{1,6})([mhdw])$/;
const dateTime = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/;
const latest: Micros = Date.UTC(2200, 0, 1) * 1000;

/**
 * When something expires that is said as a span from now (`90d`; also m, h and w) or as a time (`2027-01-31`, which begins
 * in UTC, or `2027-01-31T18:00:00+01:00`).
 */
export function expiryTime(text: string, now: Micros): Micros {
  const expiresAt = spanFrom(text, now) ?? timeOf(text);
  if (expiresAt === undefined || expiresAt >= latest) {
    throw new InvalidArgumentError('Expected a span such as 12h, 90d or 52w, or a date such as 2027-01-31.');
  }
  if (expiresAt <= now) throw new InvalidArgumentError('That time has passed already.');
  return expiresAt;
}

function spanFrom(text: string, now: Micros): Micros | undefined {
  const [, number, unit = ''] = duration.exec(text) ?? [];
  return number === undefined ? undefined : now + Number(number) * (units[unit] ?? 0);
}

function timeOf(text: string): Micros | undefined {
  // Date takes the 30th of February for a day in March.
  const isDay = new Date(`${text.slice(0, 10)}T00:00Z`).toJSON()?.startsWith(text.slice(0, 10)) === true;
  const milliseconds = dateTime.test(text) && isDay ? Date.parse(text) : Number.NaN;
  return Number.isNaN(milliseconds) ? undefined : milliseconds * 1000;
}
