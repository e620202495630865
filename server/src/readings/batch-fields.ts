import { fromBinary } from '@bufbuild/protobuf';
import {
  type Bmp280,
  type ReadingBatch,
  ReadingBatchSchema,
  type Reading as ReadingMessage,
  type Sht4x,
  type Vector3,
} from '#gen/reading_pb.js';
import { ProtoReader } from '../proto-reader.ts';
import { type Micros, microsOf, microsOfDuration, microsOfTimestamp } from '../time.ts';
import type { DeviceStatus } from './reading.ts';

type Fields<Message> = Omit<Message, '$typeName' | '$unknown'>;

export type Bmp280Fields = Fields<Bmp280>;
export type Sht4xFields = Fields<Sht4x>;
export type Vector3Fields = Fields<Vector3>;
export interface Mpu6050Fields {
  readonly accelerationMps2?: Vector3Fields | undefined;
  readonly angularVelocityRps?: Vector3Fields | undefined;
  readonly temperatureCelsius: number;
}

/** A Reading as it came, nothing of it checked but what a time can be. */
export interface ReadingFields {
  /** One above 2^53 - 1 is not exact. */
  readonly sequence: number;
  /** Undefined when it is absent or can't be a time. */
  readonly collectedTime: Micros | undefined;
  readonly uptime: Micros | undefined;
  readonly timeSource: number;
  readonly bmp280: Bmp280Fields | undefined;
  readonly mpu6050: Mpu6050Fields | undefined;
  readonly sht4x: Sht4xFields | undefined;
}

export interface BatchFields {
  readonly bootId: bigint;
  readonly readings: readonly ReadingFields[];
  readonly status: DeviceStatus | null;
}

/** Decodes a ReadingBatch; throws when it is none. */
export function readBatch(plaintext: Uint8Array): BatchFields {
  return readUsualBatch(plaintext) ?? fieldsOf(fromBinary(ReadingBatchSchema, plaintext));
}

/** The plain form: what the library decoded. */
export function fieldsOf({ bootId, readings, status }: ReadingBatch): BatchFields {
  return {
    bootId,
    readings: readings.map(readingFieldsOf),
    status: status
      ? {
          queuedReadings: status.queuedReadings,
          droppedReadings: status.droppedReadings,
          freeHeapBytes: status.freeHeapBytes,
          rssiDbm: status.rssiDbm,
        }
      : null,
  };
}

function readingFieldsOf(message: ReadingMessage): ReadingFields {
  const { bmp280, mpu6050, sht4x } = message;
  return {
    sequence: Number(message.sequence),
    collectedTime: microsOfTimestamp(message.collectedTime),
    uptime: microsOfDuration(message.uptime),
    timeSource: message.timeSource,
    bmp280,
    mpu6050,
    sht4x,
  };
}

// Tags: the field's number and its wire type.
const varintTag = (field: number) => field << 3;
const fixed64Tag = (field: number) => (field << 3) | 1;
const messageTag = (field: number) => (field << 3) | 2;
const floatTag = (field: number) => (field << 3) | 5;
const [tag1, tag2, tag3, tag4] = [varintTag(1), varintTag(2), varintTag(3), varintTag(4)];
const [message1, message2, message3] = [messageTag(1), messageTag(2), messageTag(3)];
const [message5, message6, message7] = [messageTag(5), messageTag(6), messageTag(7)];
const [float1, float2, float3] = [floatTag(1), floatTag(2), floatTag(3)];
const bootIdTag = fixed64Tag(1);

const greatestUint32 = 2 ** 32 - 1;
const greatestInt32 = 2 ** 31 - 1;

/** The same as the plain form for the encoding that encoders give, six times as fast; undefined for any other. */
export function readUsualBatch(plaintext: Uint8Array): BatchFields | undefined {
  const reader = new ProtoReader(plaintext);
  const bootId = reader.takes(bootIdTag) ? reader.fixed64() : 0n;
  const readings: ReadingFields[] = [];
  while (reader.usual && reader.takes(message2)) readings.push(readReading(reader));
  const status = reader.takes(message3) ? readStatus(reader) : null;
  return reader.usual && reader.at === reader.end ? { bootId, readings, status } : undefined;
}

function readReading(reader: ProtoReader): ReadingFields {
  const outer = reader.enter();
  const fields = {
    sequence: reader.takes(tag1) ? reader.varint() : 0,
    collectedTime: reader.takes(message2) ? readMicros(reader) : undefined,
    uptime: reader.takes(message3) ? readMicros(reader) : undefined,
    timeSource: reader.takes(tag4) ? reader.varint(greatestInt32) : 0,
    bmp280: reader.takes(message5) ? readBmp280(reader) : undefined,
    mpu6050: reader.takes(message6) ? readMpu6050(reader) : undefined,
    sht4x: reader.takes(message7) ? readSht4x(reader) : undefined,
  };
  reader.leave(outer);
  return fields;
}

/** A Timestamp or a Duration. Negative ones are left to the library: their varints have ten bytes. */
function readMicros(reader: ProtoReader): Micros | undefined {
  const outer = reader.enter();
  const seconds = reader.takes(tag1) ? reader.varint() : 0;
  const nanos = reader.takes(tag2) ? reader.varint(greatestInt32) : 0;
  reader.leave(outer);
  return microsOf(seconds, nanos);
}

function readBmp280(reader: ProtoReader): Bmp280Fields {
  const outer = reader.enter();
  const temperatureCelsius = reader.takes(float1) ? reader.float() : 0;
  const pressurePascals = reader.takes(float2) ? reader.float() : 0;
  reader.leave(outer);
  return { temperatureCelsius, pressurePascals };
}

function readMpu6050(reader: ProtoReader): Mpu6050Fields {
  const outer = reader.enter();
  const accelerationMps2 = reader.takes(message1) ? readVector3(reader) : undefined;
  const angularVelocityRps = reader.takes(message2) ? readVector3(reader) : undefined;
  const temperatureCelsius = reader.takes(float3) ? reader.float() : 0;
  reader.leave(outer);
  return { accelerationMps2, angularVelocityRps, temperatureCelsius };
}

function readSht4x(reader: ProtoReader): Sht4xFields {
  const outer = reader.enter();
  const temperatureCelsius = reader.takes(float1) ? reader.float() : 0;
  const humidityPercent = reader.takes(float2) ? reader.float() : 0;
  reader.leave(outer);
  return { temperatureCelsius, humidityPercent };
}

function readVector3(reader: ProtoReader): Vector3Fields {
  const outer = reader.enter();
  const x = reader.takes(float1) ? reader.float() : 0;
  const y = reader.takes(float2) ? reader.float() : 0;
  const z = reader.takes(float3) ? reader.float() : 0;
  reader.leave(outer);
  return { x, y, z };
}

function readStatus(reader: ProtoReader): DeviceStatus {
  const outer = reader.enter();
  const queuedReadings = reader.takes(tag1) ? reader.varint(greatestUint32) : 0;
  const droppedReadings = reader.takes(tag2) ? BigInt(reader.varint()) : 0n;
  const freeHeapBytes = reader.takes(tag3) ? reader.varint(greatestUint32) : 0;
  const zigzag = reader.takes(tag4) ? reader.varint(greatestUint32) : 0;
  reader.leave(outer);
  // A sint32's lowest bit is its sign.
  return { queuedReadings, droppedReadings, freeHeapBytes, rssiDbm: (zigzag >>> 1) ^ -(zigzag & 1) };
}
