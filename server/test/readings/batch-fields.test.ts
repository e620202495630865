import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ReadingBatchSchema } from '#gen/reading_pb.js';
import { fieldsOf, readBatch, readUsualBatch } from '../../src/readings/batch-fields.ts';

const float = fc.oneof(fc.float(), fc.constantFrom(0, Number.NaN, Number.POSITIVE_INFINITY));
const vector = fc.option(fc.record({ x: float, y: float, z: float }), { nil: undefined });
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const time = (least: bigint) =>
  fc.option(
    fc.record({
      seconds: fc.oneof(fc.bigInt({ min: 0n, max: 2_000_000_000n }), fc.bigInt({ min: least, max: 2n ** 62n })),
      nanos: fc.integer({ min: Number(least < 0n ? -999_999_999 : 0), max: 2 ** 31 - 1 }),
    }),
    { nil: undefined },
  );
const reading = fc.record({
  sequence: fc.oneof(fc.bigInt({ min: 0n, max: 5000n }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
  collectedTime: time(-5n),
  uptime: time(-5n),
  timeSource: fc.oneof(fc.nat(3), fc.nat(1000)),
  bmp280: fc.option(fc.record({ temperatureCelsius: float, pressurePascals: float }), { nil: undefined }),
  mpu6050: fc.option(fc.record({ accelerationMps2: vector, angularVelocityRps: vector, temperatureCelsius: float }), {
    nil: undefined,
  }),
  sht4x: fc.option(fc.record({ temperatureCelsius: float, humidityPercent: float }), { nil: undefined }),
});
const batch = fc.record({
  bootId: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  readings: fc.array(reading, { maxLength: 5 }),
  status: fc.option(
    fc.record({
      queuedReadings: uint32,
      droppedReadings: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      freeHeapBytes: uint32,
      rssiDbm: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    }),
    { nil: undefined },
  ),
});
type Batch = typeof batch extends fc.Arbitrary<infer Value> ? Value : never;

const encode = (value: Batch) => Buffer.from(toBinary(ReadingBatchSchema, create(ReadingBatchSchema, value as never)));
const plain = (bytes: Buffer) => fieldsOf(fromBinary(ReadingBatchSchema, bytes));

/** The library's objects know their message; here only the fields count. */
const fieldsOnly = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (name, inner) => {
      if (name === '$typeName' || name === '$unknown') return undefined;
      if (typeof inner === 'bigint') return `${inner}n`;
      // JSON knows neither NaN nor the infinities.
      return typeof inner === 'number' ? String(inner) : inner;
    }),
  );

it('every batch is read as the library reads it', () => {
  fc.assert(
    fc.property(batch, (value) => {
      const bytes = encode(value);
      expect(fieldsOnly(readBatch(bytes))).toEqual(fieldsOnly(plain(bytes)));
    }),
    { numRuns: 500 },
  );
});

it('a broken one is refused when the library refuses it, and read as the library reads it when not', () => {
  const damage = fc.record({
    at: fc.nat(600),
    byte: fc.nat(255),
    kind: fc.constantFrom('set', 'cut', 'insert', 'swap'),
  });
  const outcome = (decode: () => unknown): unknown => {
    try {
      return fieldsOnly(decode());
    } catch {
      return 'refused';
    }
  };
  fc.assert(
    fc.property(batch, damage, (value, { at, byte, kind }) => {
      const bytes = encode(value);
      const place = at % (bytes.length + 1);
      const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)];
      const broken = {
        set: () => Buffer.concat([before, Buffer.from([byte]), after.subarray(1)]),
        cut: () => before,
        insert: () => Buffer.concat([before, Buffer.from([byte]), after]),
        swap: () => Buffer.concat([after, before]),
      }[kind]();
      expect(outcome(() => readBatch(broken))).toEqual(outcome(() => plain(broken)));
    }),
    { numRuns: 3000 },
  );
});

it('what a device sends is read without the library', () => {
  const usual = {
    bootId: 7n,
    readings: Array.from({ length: 64 }, (_, index) => ({
      sequence: BigInt(index + 1),
      collectedTime: { seconds: 1_795_000_000n, nanos: 123_000_000 },
      uptime: { seconds: 60n, nanos: 5000 },
      timeSource: 3,
      bmp280: { temperatureCelsius: 21.5, pressurePascals: 101_325 },
      mpu6050: {
        accelerationMps2: { x: 0, y: -0.5, z: 9.81 },
        angularVelocityRps: { x: 0.01, y: 0, z: 0 },
        temperatureCelsius: 24.5,
      },
      sht4x: { temperatureCelsius: 21.25, humidityPercent: 45.5 },
    })),
    status: { queuedReadings: 3, droppedReadings: 2n ** 40n, freeHeapBytes: 200_000, rssiDbm: -67 },
  };
  expect(fieldsOnly(readUsualBatch(encode(usual)))).toEqual(fieldsOnly(plain(encode(usual))));
});
