import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import type { Duration, Timestamp } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { ClockAnswerSchema, ClockReportSchema } from '#gen/clock_pb.js';
import {
  KeyExchangeRequestSchema,
  KeyExchangeResponseSchema,
  SensorUploadResponseSchema,
  TimeSyncRequestSchema,
} from '#gen/device_service_pb.js';
import { HelloSchema, WelcomeSchema } from '#gen/handshake_pb.js';
import { ReadingBatchSchema, UploadReceiptSchema } from '#gen/reading_pb.js';
import { Peer } from './peer.ts';

// Messages that one language makes and the other one reads. Both ways in the words of message-peer.cpp: numbers in
// decimal, floats as the number that their bits make, bytes in hex after an x, and a dash for what is absent.
const peer = new Peer('message-peer');
afterAll(() => peer.close());

const lastTimestampSecond = 253_402_300_799n;
const longestDurationSeconds = 315_576_000_000n;
const million = 1_000_000n;

const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const i32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const notZero = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n });
const float = fc.float({ noNaN: true });
const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });
const optional = <Value>(values: fc.Arbitrary<Value>) => fc.option(values, { nil: undefined });
/** A text without zero bytes, of so many bytes at most. */
const text = (mostBytes: number) =>
  fc.string({ unit: 'grapheme', maxLength: mostBytes }).filter((value) => {
    return !value.includes('\0') && Buffer.byteLength(value) <= mostBytes;
  });

// What the core holds: microseconds.
const time = fc.bigInt({ min: 0n, max: lastTimestampSecond * million + 999_999n });
const span = fc.oneof(
  fc.bigInt({ min: -longestDurationSeconds * million, max: longestDurationSeconds * million }),
  fc.bigInt({ min: -2n * million, max: 2n * million }),
);
const timestampOf = (micros: bigint) => ({ seconds: micros / million, nanos: Number(micros % million) * 1000 });
const durationOf = timestampOf;

// What may stand on the wire, right or wrong.
const anySeconds = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: -2n, max: 2n }));
const seconds = (most: bigint) => fc.oneof(anySeconds, fc.bigInt({ min: 0n, max: most }));
const nanos = fc.oneof(i32, fc.integer({ min: -(1e9 - 1), max: 1e9 - 1 }));
const timestamp = fc.record({ seconds: seconds(lastTimestampSecond), nanos });
const duration = fc.record({ seconds: seconds(longestDurationSeconds), nanos });
const settings = fc.record({
  sampleInterval: optional(duration),
  localTimeInterval: optional(duration),
  ntpInterval: optional(duration),
});

const toMicros = ({ seconds, nanos }: { seconds: bigint; nanos: number }) =>
  seconds * million + BigInt(Math.trunc(nanos / 1000));

/** By the letter of google/protobuf/timestamp.proto, from 1970 on. */
function microsOfTimestamp(value: Pick<Timestamp, 'seconds' | 'nanos'> | undefined): string {
  if (!value || value.seconds < 0n || value.seconds > lastTimestampSecond) return '-';
  return value.nanos < 0 || value.nanos > 999_999_999 ? '-' : String(toMicros(value));
}

/** By the letter of google/protobuf/duration.proto. */
function microsOfDuration(value: Pick<Duration, 'seconds' | 'nanos'> | undefined): string {
  if (!value || Math.abs(value.nanos) > 999_999_999) return '-';
  const { seconds, nanos } = value;
  if (seconds < -longestDurationSeconds || seconds > longestDurationSeconds) return '-';
  return (seconds > 0n && nanos < 0) || (seconds < 0n && nanos > 0) ? '-' : String(toMicros(value));
}

const settingsInWords = (value: { [name in 'sampleInterval' | 'localTimeInterval' | 'ntpInterval']?: unknown }) =>
  [value.sampleInterval, value.localTimeInterval, value.ntpInterval].map((interval) =>
    microsOfDuration(interval as Duration | undefined),
  );

const data = (value: Uint8Array | string) => `x${Buffer.from(value).toString('hex')}`;
const bits = (value: number) => new DataView(Float32Array.of(value).buffer).getUint32(0, true);
const orDash = (value: unknown) => (value === undefined ? '-' : String(value));

/** What C++ makes of a task, as bytes. */
async function written(...words: unknown[]): Promise<Uint8Array> {
  const answer = await peer.ask(words.join(' '));
  if (!answer.startsWith('x')) throw new Error(answer);
  return Uint8Array.from(Buffer.from(answer.slice(1), 'hex'));
}

/** What C++ reads from a message of ours. */
function read<Schema extends DescMessage>(task: string, schema: Schema, init: MessageInitShape<Schema>) {
  return peer.ask(`${task} ${data(toBinary(schema, create(schema, init)))}`);
}

function holds<Values>(values: fc.Arbitrary<Values>, property: (values: Values) => Promise<void>) {
  return fc.assert(fc.asyncProperty(values, property), { numRuns: 300 });
}

describe('messages that the firmware makes are read by the server', () => {
  it('Hello', () =>
    holds(fc.tuple(u64, span, text(32), text(32)), async ([bootId, uptime, firmwareVersion, hardware]) => {
      const encoded = await written('write-hello', bootId, uptime, data(firmwareVersion), data(hardware));
      const expected = create(HelloSchema, { bootId, uptime: durationOf(uptime), firmwareVersion, hardware });
      expect(fromBinary(HelloSchema, encoded)).toEqual(expected);
    }));

  it('ClockReport', () => {
    const reports = fc.record({
      source: fc.constantFrom(1 as const, 2 as const),
      deviceTime: optional(time),
      uptime: span,
      utcOffsetSeconds: i32,
      measuredOffset: optional(span),
      roundTrip: optional(span),
      ntpServer: text(64),
      ntpOffset: optional(span),
    });
    return holds(reports, async (report) => {
      const words = Object.values({ ...report, ntpServer: data(report.ntpServer) }).map(orDash);
      const { deviceTime, uptime, measuredOffset, roundTrip, ntpOffset, ...rest } = report;
      const expected = create(ClockReportSchema, {
        ...rest,
        uptime: durationOf(uptime),
        ...(deviceTime !== undefined && { deviceTime: timestampOf(deviceTime) }),
        ...(measuredOffset !== undefined && { measuredOffset: durationOf(measuredOffset) }),
        ...(roundTrip !== undefined && { roundTrip: durationOf(roundTrip) }),
        ...(ntpOffset !== undefined && { ntpOffset: durationOf(ntpOffset) }),
      });
      const encoded = await written('write-clock-report', ...words);
      expect(fromBinary(ClockReportSchema, encoded)).toEqual(expected);
    });
  });

  it('ReadingBatch', () => {
    const vector = fc.record({ x: float, y: float, z: float });
    const readings = fc.record({
      sequence: notZero,
      uptime: span,
      stamp: fc.oneof(fc.constant(undefined), fc.record({ source: fc.constantFrom(2 as const, 3 as const), time })),
      bmp280: optional(fc.record({ temperatureCelsius: float, pressurePascals: float })),
      mpu6050: optional(fc.record({ accelerationMps2: vector, angularVelocityRps: vector, temperatureCelsius: float })),
      sht4x: optional(fc.record({ temperatureCelsius: float, humidityPercent: float })),
    });
    const batches = fc.record({
      bootId: notZero,
      readings: fc.array(readings, { minLength: 1, maxLength: 64 }),
      status: optional(fc.record({ queuedReadings: u32, droppedReadings: u64, freeHeapBytes: u32, rssiDbm: i32 })),
    });
    return holds(batches, async ({ bootId, readings, status }) => {
      const inWords = readings.flatMap(({ sequence, uptime, stamp, bmp280, mpu6050, sht4x }) => [
        ...[sequence, uptime, stamp?.source ?? 1, orDash(stamp?.time)],
        ...(bmp280 ? Object.values(bmp280).map(bits) : ['-']),
        ...(mpu6050
          ? [...Object.values(mpu6050.accelerationMps2), ...Object.values(mpu6050.angularVelocityRps)].map(bits)
          : ['-']),
        ...(mpu6050 ? [bits(mpu6050.temperatureCelsius)] : []),
        ...(sht4x ? Object.values(sht4x).map(bits) : ['-']),
      ]);
      const expected = create(ReadingBatchSchema, {
        bootId,
        readings: readings.map(({ sequence, uptime, stamp, ...sensors }) => ({
          sequence,
          uptime: durationOf(uptime),
          timeSource: stamp?.source ?? 1,
          ...(stamp && { collectedTime: timestampOf(stamp.time) }),
          ...sensors,
        })),
        ...(status && { status }),
      });
      const encoded = await written('write-batch', bootId, ...(status ? Object.values(status) : ['-']), ...inWords);
      expect(fromBinary(ReadingBatchSchema, encoded)).toEqual(expected);
    });
  });

  it('the requests around a SealedRecord', () =>
    holds(fc.tuple(u64, u32, bytes(0, 300)), async ([sessionId, counter, sealed]) => {
      const encoded = await written('write-record', sessionId, counter, data(sealed));
      const expected = create(TimeSyncRequestSchema, { record: { sessionId, counter: BigInt(counter), sealed } });
      expect(fromBinary(TimeSyncRequestSchema, encoded)).toEqual(expected);
    }));

  it('KeyExchangeRequest', () =>
    holds(fc.tuple(fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/), bytes(48, 512)), async ([deviceId, handshake]) => {
      const encoded = await written('write-key-exchange', data(deviceId), data(handshake));
      const expected = create(KeyExchangeRequestSchema, { deviceId, handshake });
      expect(fromBinary(KeyExchangeRequestSchema, encoded)).toEqual(expected);
    }));
});

describe('messages that the server makes are read by the firmware', () => {
  it('Welcome', () => {
    const welcomes = fc.record({
      sessionId: u64,
      sessionLifetime: optional(duration),
      serverTime: optional(timestamp),
      settings: optional(settings),
    });
    return holds(welcomes, async (welcome) => {
      const { sessionId, sessionLifetime, serverTime } = welcome;
      const times = [microsOfDuration(sessionLifetime), microsOfTimestamp(serverTime)];
      const expected = [sessionId, ...times, ...settingsInWords(welcome.settings ?? {})].join(' ');
      expect(await read('read-welcome', WelcomeSchema, given(welcome))).toBe(sessionId ? expected : 'malformed');
    });
  });

  it('UploadReceipt', () => {
    const receipts = fc.record({
      stored: u32,
      duplicates: u32,
      refusedSensors: u32,
      serverTime: optional(timestamp),
      settings: optional(settings),
    });
    return holds(receipts, async (receipt) => {
      const { stored, duplicates, refusedSensors, serverTime } = receipt;
      const numbers = [stored, duplicates, refusedSensors, microsOfTimestamp(serverTime)];
      const expected = [...numbers, ...settingsInWords(receipt.settings ?? {})].join(' ');
      expect(await read('read-receipt', UploadReceiptSchema, given(receipt))).toBe(expected);
    });
  });

  it('ClockAnswer', () =>
    holds(fc.record({ receiveTime: optional(timestamp), transmitTime: optional(timestamp) }), async (answer) => {
      const expected = [answer.receiveTime, answer.transmitTime].map(microsOfTimestamp).join(' ');
      expect(await read('read-clock-answer', ClockAnswerSchema, given(answer))).toBe(expected);
    }));

  it('the responses around a SealedRecord', () => {
    const counters = fc.oneof(u64, fc.bigInt({ min: 1n, max: 2n ** 32n - 1n }));
    const sealed = fc.oneof(
      bytes(0, 70),
      fc.integer({ min: 2, max: 20 }).chain((blocks) => bytes(16 * blocks, 16 * blocks)),
    );
    return holds(fc.record({ sessionId: u64, counter: counters, sealed }), async (record) => {
      const { sessionId, counter, sealed } = record;
      const bounds = sessionId && counter && counter < 2n ** 32n && sealed.length >= 32 && sealed.length % 16 === 0;
      const expected = bounds ? `${sessionId} ${counter} ${data(sealed)}` : 'malformed';
      expect(await read('read-record', SensorUploadResponseSchema, { record })).toBe(expected);
    });
  });

  it('KeyExchangeResponse', () =>
    holds(fc.oneof(bytes(0, 600), bytes(44, 52), bytes(508, 516)), async (handshake) => {
      const expected = handshake.length >= 48 && handshake.length <= 512 ? data(handshake) : 'malformed';
      expect(await read('read-key-exchange', KeyExchangeResponseSchema, { handshake })).toBe(expected);
    }));
});

/** Without what is undefined, which no message may have. */
function given<Values extends object>(values: Values): { [name in keyof Values]: Exclude<Values[name], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, name === 'settings' ? given(value) : value]),
  ) as never;
}
