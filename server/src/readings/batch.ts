import { invalidField } from '../errors.ts';
import { type BatchFields, type ReadingFields, readBatch } from './batch-fields.ts';
import { type CheckedBatch, type Reading, type TimeSource, timeSource } from './reading.ts';
import { checkBmp280, checkMpu6050, checkSht4x } from './sensor-ranges.ts';

export const greatestBatch = 64;

/**
 * Checks the plaintext of a SensorUpload (docs/protocol-v1.md, section 6). Nothing blocks a device's queue: a sensor
 * with impossible values is dropped and counted while its reading is kept. Only what is no batch at all throws
 * `invalid_argument`.
 */
export function checkBatch(plaintext: Uint8Array): CheckedBatch {
  let batch: BatchFields;
  try {
    batch = readBatch(plaintext);
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
    status: batch.status,
  };
}

function checkReading(fields: ReadingFields, counted: { refused: number }): Reading {
  const { sequence, uptime } = fields;
  if (sequence < 1 || sequence > Number.MAX_SAFE_INTEGER) throw invalidField('Reading.sequence', '1 to 2^53 - 1');
  const bmp280 = fields.bmp280 === undefined ? null : checkBmp280(fields.bmp280);
  const mpu6050 = fields.mpu6050 === undefined ? null : checkMpu6050(fields.mpu6050);
  const sht4x = fields.sht4x === undefined ? null : checkSht4x(fields.sht4x);
  if (bmp280 === null && fields.bmp280 !== undefined) counted.refused += 1;
  if (mpu6050 === null && fields.mpu6050 !== undefined) counted.refused += 1;
  if (sht4x === null && fields.sht4x !== undefined) counted.refused += 1;
  const source = sourceOf(fields);
  return {
    sequence,
    // A stamp counts only with the clock it came from, and a clock only with a stamp.
    ownTime: source === timeSource.uptime ? null : (fields.collectedTime ?? null),
    timeSource: source,
    uptime: uptime !== undefined && uptime >= 0 ? uptime : null,
    bmp280,
    mpu6050,
    sht4x,
  };
}

function sourceOf({ collectedTime, timeSource: source }: ReadingFields): TimeSource {
  if (collectedTime === undefined) return timeSource.uptime;
  return source === timeSource.ntp || source === timeSource.server ? source : timeSource.uptime;
}
