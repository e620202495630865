import { InvalidArgumentError } from 'commander';
import { expect, it } from 'vitest';
import { expiryTime } from '../../src/cli/expiry.ts';
import { rfc3339 } from '../../src/time.ts';

const noon = Date.UTC(2026, 10, 22, 12) * 1000;

it.each([
  ['1m', '2026-11-22T12:01:00.000Z'],
  ['12h', '2026-11-23T00:00:00.000Z'],
  ['90d', '2027-02-20T12:00:00.000Z'],
  ['52w', '2027-11-21T12:00:00.000Z'],
  ['2027-01-31', '2027-01-31T00:00:00.000Z'],
  ['2028-02-29', '2028-02-29T00:00:00.000Z'],
  ['2027-01-31T18:00:00+01:00', '2027-01-31T17:00:00.000Z'],
  ['2027-01-31T18:00Z', '2027-01-31T18:00:00.000Z'],
])('--expires %s at noon of the 22nd is %s', (text, expected) => {
  expect(rfc3339(expiryTime(text, noon))).toBe(expected);
});

it.each([
  ...['', 'd', '1', '1y', '-1d', '1.5d', '1 d', '1e9d', '9999999d', '999999w', '2200-01-01', 'tomorrow', '20270131'],
  ...['2027-02-29', '2027-13-01', '2027-00-10', '2027-01-31T25:00Z', '2027-01-31T18:00', '31.1.2027', '٣d'],
])('--expires %s is no time', (text) => {
  expect(() => expiryTime(text, noon)).toThrow(
    new InvalidArgumentError('Expected a span such as 12h, 90d or 52w, or a date such as 2027-01-31.'),
  );
});

it.each(['0m', '2026-11-22', '2026-11-22T12:00:00Z', '1970-01-01'])('--expires %s has passed already', (text) => {
  expect(() => expiryTime(text, noon)).toThrow(new InvalidArgumentError('That time has passed already.'));
});
