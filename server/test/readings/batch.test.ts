import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeviceStatusSchema, ReadingBatchSchema, type ReadingSchema, TimeSource } from '#gen/reading_pb.js';
import { invalidField, SealpostError } from '../../src/errors.ts';
import { checkBatch } from '../../src/readings/batch.ts';
import type { CheckedBatch, Reading } from '../../src/readings/reading.ts';
import { durationOf, type Micros, second, timestampOf } from '../../src/time.ts';
import { hex } from '../hex.ts';

type ReadingInit = MessageInitShape<typeof ReadingSchema>;

const bootId = 0xfedcba9876543210n;
const noon: Micros = Date.UTC(2026, 10, 22, 12) * 1000 + 1;

/** A reading of no sensor. */
const bare: Reading = {
  sequence: 1,
  ownTime: null,
  timeSource: 1,
  uptime: null,
  bmp280: null,
  mpu6050: null,
  sht4x: null,
};

const encode = (readings: readonly ReadingInit[], boot = bootId) =>
  toBinary(ReadingBatchSchema, create(ReadingBatchSchema, { bootId: boot, readings: [...readings] }));
const check = (...readings: ReadingInit[]) => checkBatch(encode(readings));
const checkOne = (reading: ReadingInit) => check({ sequence: 1n, ...reading }).readings[0];

/** Values that a 32-bit float holds exactly. */
const full: ReadingInit = {
  sequence: 41n,
  collectedTime: timestampOf(noon),
  uptime: durationOf(12.000_001 * second),
  timeSource: TimeSource.NTP,
  bmp280: { temperatureCelsius: 21.5, pressurePascals: 101_325 },
  mpu6050: {
    accelerationMps2: { x: 0.25, y: -0.5, z: 9.75 },
    angularVelocityRps: { x: 1.5, y: -2.25, z: 0 },
    temperatureCelsius: 30.125,
  },
  sht4x: { temperatureCelsius: -10.5, humidityPercent: 55.75 },
};

describe('a batch', () => {
  it('is checked to what the device said', () => {
    const status = { queuedReadings: 3, droppedReadings: 2n ** 64n - 1n, freeHeapBytes: 2 ** 32 - 1, rssiDbm: -71 };
    const plaintext = toBinary(
      ReadingBatchSchema,
      create(ReadingBatchSchema, { bootId, readings: [full], status: create(DeviceStatusSchema, status) }),
    );
    expect(checkBatch(plaintext)).toEqual({
      bootId,
      readings: [
        {
          sequence: 41,
          ownTime: noon,
          timeSource: 3,
          uptime: 12_000_001,
          bmp280: { temperatureCelsius: 21.5, pressurePascals: 101_325 },
          mpu6050: {
            acceleration: { x: 0.25, y: -0.5, z: 9.75 },
            angularVelocity: { x: 1.5, y: -2.25, z: 0 },
            temperatureCelsius: 30.125,
          },
          sht4x: { temperatureCelsius: -10.5, humidityPercent: 55.75 },
        },
      ],
      refusedSensors: 0,
      status,
    } satisfies CheckedBatch);
  });

  it('may say no more than its boot and a sequence', () => {
    expect(check({ sequence: 1n })).toEqual({ bootId, readings: [bare], refusedSensors: 0, status: null });
  });

  it('has 1 to 64 readings', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => ({ sequence: BigInt(index + 1) }));
    const sequences = check(...many(64)).readings.map(({ sequence }) => sequence);
    expect(sequences).toEqual(Array.from({ length: 64 }, (_, index) => index + 1));
    for (const count of [0, 65, 1000]) {
      expect(() => check(...many(count))).toThrow(invalidField('ReadingBatch.readings', '1 to 64 readings'));
    }
  });

  it('keeps its order and its duplicates: the store tells them apart', () => {
    const sequences = check({ sequence: 9n }, { sequence: 2n }, { sequence: 9n }).readings.map((one) => one.sequence);
    expect(sequences).toEqual([9, 2, 9]);
  });

  it('is of a boot that is not zero', () => {
    expect(() => checkBatch(encode([{ sequence: 1n }], 0n))).toThrow(
      invalidField('ReadingBatch.boot_id', 'a number that is not zero'),
    );
  });

  it('has sequences from 1 to 2^53 - 1', () => {
    expect(checkOne({ sequence: 2n ** 53n - 1n })?.sequence).toBe(Number.MAX_SAFE_INTEGER);
    for (const sequence of [0n, 2n ** 53n, 2n ** 64n - 1n]) {
      expect(() => check({ sequence: 1n }, { sequence })).toThrow(invalidField('Reading.sequence', '1 to 2^53 - 1'));
    }
  });

  it('may have fields that this version does not know, at every level', () => {
    // Field 1000, length-delimited, "abc".
    const unknown = hex('c23e 03 616263');
    const sht4x = Buffer.concat([hex('0d 0000a841 15 00005c42'), unknown]);
    const reading = Buffer.concat([hex('0801 3a'), Buffer.of(sht4x.length), sht4x, unknown]);
    const batch = Buffer.concat([hex('09 1032547698badcfe 12'), Buffer.of(reading.length), reading, unknown]);
    expect(checkBatch(batch)).toEqual({
      bootId,
      readings: [{ ...bare, sht4x: { temperatureCelsius: 21, humidityPercent: 55 } }],
      refusedSensors: 0,
      status: null,
    });
  });
});

describe("a reading's own stamp", () => {
  const stamped = (time: Micros | undefined, timeSource: TimeSource) => {
    const checked = checkOne({ timeSource, ...(time !== undefined && { collectedTime: timestampOf(time) }) });
    return checked && [checked.ownTime, checked.timeSource];
  };

  it.each([
    ['1970', 0],
    ['a moment after 1970 began', 1],
    ['2100', Date.UTC(2100, 0, 1) * 1000],
    ['now', noon],
  ])('is kept as it is: %s', (_, time) => {
    expect(stamped(time, TimeSource.NTP)).toEqual([time, 3]);
    expect(stamped(time, TimeSource.SERVER)).toEqual([time, 2]);
  });

  it.each([
    ['UPTIME', TimeSource.UPTIME],
    ['UNSPECIFIED', TimeSource.UNSPECIFIED],
    ['one that this version does not know', 4 as TimeSource],
    ['a negative one', -1 as TimeSource],
  ])('does not count when its source is %s', (_, timeSource) => {
    expect(stamped(noon, timeSource)).toEqual([null, 1]);
    expect(stamped(undefined, timeSource)).toEqual([null, 1]);
  });

  it('does not count when it is absent, whatever its source', () => {
    expect(stamped(undefined, TimeSource.NTP)).toEqual([null, 1]);
    expect(stamped(undefined, TimeSource.SERVER)).toEqual([null, 1]);
  });

  it.each([
    ['before 1970', { seconds: -1n, nanos: 0 }],
    ['malformed', { seconds: 1n, nanos: 1_000_000_000 }],
    ['centuries away', { seconds: 8_000_000_001n, nanos: 0 }],
  ])('does not count when it is %s, and its reading is kept', (_, collectedTime) => {
    expect(checkOne({ collectedTime, timeSource: TimeSource.NTP })).toEqual(bare);
  });
});

describe("a reading's uptime", () => {
  it.each([
    ['zero', { seconds: 0n, nanos: 0 }, 0],
    ['a microsecond', { seconds: 0n, nanos: 1000 }, 1],
    ['absent', undefined, null],
    ['negative', { seconds: 0n, nanos: -1000 }, null],
    ['of two signs', { seconds: 1n, nanos: -1 }, null],
    ['250 years', { seconds: 8_000_000_000n, nanos: 0 }, 8e15],
    ['longer than that', { seconds: 8_000_000_001n, nanos: 0 }, null],
    ['the longest there is', { seconds: 2n ** 63n - 1n, nanos: 0 }, null],
  ])('may be %s', (_, uptime, expected) => {
    expect(checkOne(uptime ? { uptime } : {})).toEqual({ ...bare, uptime: expected });
  });
});

describe('a plaintext that is no batch', () => {
  const malformed = invalidField('record.sealed', 'its plaintext to be a sealpost.v1.ReadingBatch');
  /** What becomes of a plaintext: a checked batch, or the code of its refusal. */
  const outcome = (plaintext: Uint8Array) => {
    try {
      return checkBatch(plaintext);
    } catch (error) {
      if (error instanceof SealpostError) return error.code;
      throw error;
    }
  };

  it.each([
    ['cut off in a tag', hex('ff')],
    ['cut off in a number', hex('09 01')],
    ['longer inside than outside', hex('12 05 08')],
    ['of the wire type that Protobuf does not have', hex('0f')],
    ['of field 0', hex('00 00')],
    ['a number of eleven bytes', hex('10 ffffffffffffffffffff01')],
    ['an end without its beginning', hex('0c')],
    ['groups in groups without end', Buffer.alloc(60_000, 0x0b)],
  ])('is refused when it is %s', (_, plaintext) => {
    expect(() => checkBatch(plaintext)).toThrow(malformed);
  });

  it('is refused when it is empty', () => {
    expect(outcome(Buffer.alloc(0))).toBe('invalid_argument');
  });

  it('is refused or has fewer readings when it is cut off anywhere, and nothing else happens', () => {
    const whole = encode([full, { ...full, sequence: 42n }]);
    const end = (readings: number) => encode([full, full].slice(0, readings)).length;
    for (let length = 0; length < whole.length; length += 1) {
      const result = outcome(whole.subarray(0, length));
      if (length === end(1)) expect(result).toMatchObject({ readings: [{ sequence: 41 }], refusedSensors: 0 });
      else expect(result).toBe('invalid_argument');
    }
  });

  it('gives a checked batch or invalid_argument with any byte of it changed', () => {
    const whole = encode([full]);
    fc.assert(
      fc.property(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }), (at, byte) => {
        const changed = Buffer.from(whole);
        changed.writeUInt8(byte, at);
        expectChecked(outcome(changed));
      }),
      { numRuns: 2000 },
    );
  });

  it('gives a checked batch or invalid_argument for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400, size: 'max' }), (bytes) => expectChecked(outcome(bytes))),
      { numRuns: 2000 },
    );
  });

  const numbersIn = (value: unknown): unknown[] =>
    value !== null && typeof value === 'object'
      ? Object.values(value).flatMap(numbersIn)
      : value === null
        ? []
        : [value];

  /** Whatever was let through is within the bounds that the stages after this one rely on. */
  function expectChecked(result: CheckedBatch | string): void {
    if (typeof result === 'string') {
      expect(result).toBe('invalid_argument');
      return;
    }
    expect(result.bootId).toBeGreaterThan(0n);
    expect(result.readings.length).toBeGreaterThanOrEqual(1);
    expect(result.readings.length).toBeLessThanOrEqual(64);
    for (const { sequence, ownTime, timeSource, uptime, ...sensors } of result.readings) {
      expect(Number.isSafeInteger(sequence) && sequence >= 1).toBe(true);
      expect(ownTime === null || (Number.isSafeInteger(ownTime) && ownTime >= 0)).toBe(true);
      expect(ownTime === null).toBe(timeSource === 1);
      expect(uptime === null || (Number.isSafeInteger(uptime) && uptime >= 0)).toBe(true);
      expect(numbersIn(sensors).every(Number.isFinite)).toBe(true);
    }
  }
});
