import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClockReportSchema, ClockSource } from '#gen/clock_pb.js';
import { invalidField, SealpostError } from '../../src/errors.ts';
import { checkClockReport } from '../../src/readings/clock-report.ts';
import { durationOf, second, timestampOf } from '../../src/time.ts';
import { hex } from '../hex.ts';

const encode = (report: MessageInitShape<typeof ClockReportSchema>) =>
  toBinary(ClockReportSchema, create(ClockReportSchema, report));
const check = (report: MessageInitShape<typeof ClockReportSchema>) => checkClockReport(encode(report));

const full = {
  source: ClockSource.NTP,
  deviceTime: timestampOf(Date.UTC(2026, 10, 22) * 1000),
  uptime: durationOf(3.000_001 * second),
  utcOffsetSeconds: 3600,
  measuredOffset: durationOf(-20_000),
  roundTrip: durationOf(12_345),
  ntpServer: 'pool.ntp.org',
  ntpOffset: durationOf(-1),
};

describe('a clock report', () => {
  it('is checked to what the server makes use of', () => {
    expect(check(full)).toEqual({ uptime: 3_000_001, utcOffsetSeconds: 3600, roundTrip: 12_345 });
  });

  it('may be empty: a device that knows nothing wants the time', () => {
    expect(check({})).toEqual({ uptime: undefined, utcOffsetSeconds: 0, roundTrip: undefined });
  });

  it('may come from a source that this version does not know, with fields that it does not know', () => {
    const plaintext = Buffer.concat([encode({ ...full, source: 9 as ClockSource }), hex('c23e 03 616263')]);
    expect(checkClockReport(plaintext)).toEqual({ uptime: 3_000_001, utcOffsetSeconds: 3600, roundTrip: 12_345 });
  });

  it.each([
    ['negative', durationOf(-1)],
    ['longer than any device can run', { seconds: 8_000_000_001n, nanos: 0 }],
    ['malformed', { seconds: -1n, nanos: 1 }],
  ])('has no uptime when that is %s', (_, uptime) => {
    expect(check({ ...full, uptime })).toEqual({ uptime: undefined, utcOffsetSeconds: 3600, roundTrip: 12_345 });
  });

  it('has a negative round trip as it is: the clock model knows what that is worth', () => {
    expect(check({ ...full, roundTrip: durationOf(-5) }).roundTrip).toBe(-5);
  });

  it('has a UTC offset of at most 18 hours either way', () => {
    for (const utcOffsetSeconds of [-64_800, 64_800, 0, -1]) {
      expect(check({ ...full, utcOffsetSeconds }).utcOffsetSeconds).toBe(utcOffsetSeconds);
    }
    for (const utcOffsetSeconds of [-64_801, 64_801, 2 ** 31 - 1, -(2 ** 31)]) {
      expect(() => check({ ...full, utcOffsetSeconds })).toThrow(
        invalidField('ClockReport.utc_offset_seconds', '-64800 to 64800'),
      );
    }
  });

  it('names an NTP server in at most 64 bytes, not characters', () => {
    for (const ntpServer of ['x'.repeat(64), 'é'.repeat(32)]) expect(check({ ...full, ntpServer })).toBeDefined();
    for (const ntpServer of ['x'.repeat(65), 'é'.repeat(33)]) {
      expect(() => check({ ...full, ntpServer })).toThrow(invalidField('ClockReport.ntp_server', 'at most 64 bytes'));
    }
  });

  it('is refused when it does not parse', () => {
    for (const plaintext of ['ff', '08', '1a 05 08', '0f']) {
      expect(() => checkClockReport(hex(plaintext))).toThrow(
        invalidField('record.sealed', 'its plaintext to be a sealpost.v1.ClockReport'),
      );
    }
  });

  it('is checked or refused with invalid_argument, cut off anywhere and for any bytes', () => {
    const isCheckedOrRefused = (plaintext: Uint8Array) => {
      try {
        const { uptime, utcOffsetSeconds } = checkClockReport(plaintext);
        expect(uptime === undefined || (Number.isSafeInteger(uptime) && uptime >= 0)).toBe(true);
        expect(Math.abs(utcOffsetSeconds)).toBeLessThanOrEqual(64_800);
      } catch (error) {
        if (!(error instanceof SealpostError)) throw error;
        expect(error.code).toBe('invalid_argument');
      }
    };
    const whole = encode(full);
    for (let length = 0; length <= whole.length; length += 1) isCheckedOrRefused(whole.subarray(0, length));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200, size: 'max' }), (bytes) => isCheckedOrRefused(bytes)),
      { numRuns: 2000 },
    );
  });
});
