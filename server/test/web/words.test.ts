import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { ClockQualitySchema } from '#gen/reading_service_pb.js';
import { day, hour, minute, second } from '../../../web/src/time.ts';
import { age, clockSentences, decimal, signalQuality, spanText } from '../../../web/src/words.ts';
import { durationOf } from '../../src/time.ts';

it('writes numbers with a true minus sign and no negative zero', () => {
  expect([decimal(-1.239, 2), decimal(-0.001, 2), decimal(3, 1), decimal(undefined, 1)]).toEqual([
    '−1.24',
    '0.00',
    '3.0',
    '–',
  ]);
});

it('tells ages in the unit that suits them', () => {
  expect([-5, 0, 59.9 * second, minute, 2 * hour, 47 * hour, 3 * day].map(age)).toEqual([
    '0 s',
    '0 s',
    '59 s',
    '1 min',
    '2 h',
    '47 h',
    '3 days',
  ]);
});

it('tells short spans in the unit that suits them', () => {
  expect([0.01, 0.44, 0.96, 12.4, 999.6, 1300, 90_000].map(spanText)).toEqual([
    '0 ms',
    '0.4 ms',
    '1 ms',
    '12 ms',
    '1.0 s',
    '1.3 s',
    '1 min',
  ]);
});

const clock = (offset: number | undefined, uncertainty: number, drift?: number) =>
  create(ClockQualitySchema, {
    ...(offset !== undefined && { offset: durationOf(offset * 1000) }),
    uncertainty: durationOf(uncertainty * 1000),
    ...(drift !== undefined && { driftPpm: drift, driftUncertaintyPpm: 0.6 }),
    samples: 4,
  });

it('tells a clock in plain words', () => {
  expect(clockSentences(undefined)).toEqual(['Nothing has come yet to tell the clock by.']);
  expect(clockSentences(clock(undefined, 12))).toEqual([
    'The device has not set its clock; the server tells when its readings were taken, give or take 12 ms.',
  ]);
  expect(clockSentences(clock(-2, 3, 0.01))).toEqual(['Right within 3 ms.', 'Its crystal neither gains nor loses.']);
  expect(clockSentences(clock(1300, 3, 11.8))).toEqual([
    '1.3 s behind the server, give or take 3 ms.',
    'Its crystal loses 11.8 ± 0.6 ppm, 1.0 s a day.',
  ]);
  expect(clockSentences(clock(-40, 3, -2))).toEqual([
    '40 ms ahead of the server, give or take 3 ms.',
    'Its crystal gains 2.0 ± 0.6 ppm, 173 ms a day.',
  ]);
});

it('tells a signal by bars and a word', () => {
  expect([-40, -60, -70, -80, -90].map(signalQuality)).toEqual([
    { bars: 4, word: 'strong' },
    { bars: 3, word: 'good' },
    { bars: 2, word: 'fair' },
    { bars: 1, word: 'weak' },
    { bars: 0, word: 'barely there' },
  ]);
});
