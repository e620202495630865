import { fromBinary } from '@bufbuild/protobuf';
import { type ReadingBatch, ReadingBatchSchema, type Reading as ReadingMessage, TimeSource } from '#gen/reading_pb.js';
import { invalidField } from '../errors.ts';
import { microsOfDuration, microsOfTimestamp } from '../time.ts';
import { type CheckedBatch, type Reading, timeSource } from './reading.ts';
import { checkBmp280, checkMpu6050, checkSht4x } from './sensor-ranges.ts';

export const greatestBatch = 64;
const greatestSequence = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * Checks the plaintext of a SensorUpload (docs/protocol-v1.md, section 6). Nothing blocks a device's queue: a sensor
 * with impossible values is dropped and counted while its reading is kept. Only what is no batch at all throws
 * `invalid_argument`.
 */
export function checkBatch(plaintext: Uint8Array): CheckedBatch {
  let batch: ReadingBatch;
  try {
    batch = fromBinary(ReadingBatchSchema, plaintext);
  } catch {
    throw invalidField('record.sealed', 'its plaintext to be a sealpost.v1.ReadingBatch');
  }
  if (batch.bootId === 0n) throw invalidField('ReadingBatch.boot_id', 'a number that is not zero');
  if (batch.readings.length === 0 || batch.readings.length > greatestBatch) {
    throw invalidField('ReadingBatch.readings', `1 to ${greatestBatch} readings`);
  }
  const counted = { refused: 0 };
  return {
    bootId: batch.bootId,
    readings: batch.readings.map((reading) => checkReading(reading, counted)),
    refusedSensors: counted.refused,
    status: batch.status
      ? {
          queuedReadings: batch.status.queuedReadings,
          droppedReadings: batch.status.droppedReadings,
          freeHeapBytes: batch.status.freeHeapBytes,
          rssiDbm: batch.status.rssiDbm,
        }
      : null,
  };
}

function checkReading(message: ReadingMessage, counted: { refused: number }): Reading {
  if (message.sequence === 0n || message.sequence > greatestSequence) {
    throw invalidField('Reading.sequence', '1 to 2^53 - 1');
  }
  const sensor = <Message, Values>(value: Message | undefined, check: (message: Message) => Values | null) => {
    const checked = value === undefined ? null : check(value);
    if (value !== undefined && checked === null) counted.refused += 1;
    return checked;
  };
  const uptime = microsOfDuration(message.uptime) ?? null;
  return {
    sequence: Number(message.sequence),
    ...ownStamp(message),
    uptime: uptime !== null && uptime >= 0 ? uptime : null,
    bmp280: sensor(message.bmp280, checkBmp280),
    mpu6050: sensor(message.mpu6050, checkMpu6050),
    sht4x: sensor(message.sht4x, checkSht4x),
  };
}

/** A stamp counts only with the clock it came from, and a clock only with a stamp. */
function ownStamp(message: ReadingMessage): Pick<Reading, 'ownTime' | 'timeSource'> {
  const ownTime = microsOfTimestamp(message.collectedTime);
  if (ownTime !== undefined && message.timeSource === TimeSource.NTP) return { ownTime, timeSource: timeSource.ntp };
  if (ownTime !== undefined && message.timeSource === TimeSource.SERVER)
    return { ownTime, timeSource: timeSource.server };
  return { ownTime: null, timeSource: timeSource.uptime };
}
