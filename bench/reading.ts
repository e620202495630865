import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { ReadingBatchSchema, type ReadingSchema, TimeSource } from '#gen/reading_pb.js';
import { durationOf, second, timestampOf } from '../server/src/time.ts';

/** What one pass over all sensors says, under the names of GET /sensor. */
export interface FlatValues {
  readonly pressure_bmp: number;
  readonly temp_bmp: number;
  readonly ax: number;
  readonly ay: number;
  readonly az: number;
  readonly gx: number;
  readonly gy: number;
  readonly gz: number;
  readonly temp_mpu: number;
  readonly temp_sht4: number;
  readonly humid_sht4: number;
}

/**
 * Sensor values that wander and are noisy in their last digits, the same in each run: a store that packs its columns
 * would make too little of constants.
 */
export class SensorWalk {
  #state: number;
  #temperature = 21;
  #pressure = 1013;
  #humidity = 48;

  constructor(seed: number) {
    this.#state = seed;
  }

  next(): FlatValues {
    this.#temperature += 0.02 * this.#noise();
    this.#pressure += 0.01 * this.#noise();
    this.#humidity += 0.05 * this.#noise();
    return {
      pressure_bmp: round(this.#pressure + 0.012 * this.#noise(), 4),
      temp_bmp: round(this.#temperature + 0.01 * this.#noise(), 2),
      ax: round(0.12 + 0.04 * this.#noise(), 4),
      ay: round(-0.08 + 0.04 * this.#noise(), 4),
      az: round(9.79 + 0.04 * this.#noise(), 4),
      gx: round(0.002 * this.#noise(), 5),
      gy: round(0.002 * this.#noise(), 5),
      gz: round(0.002 * this.#noise(), 5),
      temp_mpu: round(this.#temperature + 3 + 0.05 * this.#noise(), 3),
      temp_sht4: round(this.#temperature + 0.02 * this.#noise(), 3),
      humid_sht4: round(this.#humidity + 0.05 * this.#noise(), 3),
    };
  }

  /** Between -1 and 1, by a xorshift: reproducible, and cheap enough for ten million readings. */
  #noise(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return state / 2 ** 31;
  }
}

function round(value: number, digits: number): number {
  const unit = 10 ** digits;
  return Math.round(value * unit) / unit;
}

/** A sealpost.v1.ReadingBatch of full readings, sequences from `first`, without a status. */
export function encodeBatch(bootId: bigint, first: number, count: number, walk: SensorWalk): Uint8Array {
  const readings = Array.from({ length: count }, (_, index) => fullReading(first + index, walk.next()));
  return toBinary(ReadingBatchSchema, create(ReadingBatchSchema, { bootId, readings }));
}

function fullReading(sequence: number, values: FlatValues): MessageInitShape<typeof ReadingSchema> {
  return {
    sequence: BigInt(sequence),
    collectedTime: timestampOf(Date.now() * 1000),
    uptime: durationOf(60 * second + sequence * 10_000),
    timeSource: TimeSource.NTP,
    bmp280: { temperatureCelsius: values.temp_bmp, pressurePascals: values.pressure_bmp * 100 },
    mpu6050: {
      accelerationMps2: { x: values.ax, y: values.ay, z: values.az },
      angularVelocityRps: { x: values.gx, y: values.gy, z: values.gz },
      temperatureCelsius: values.temp_mpu,
    },
    sht4x: { temperatureCelsius: values.temp_sht4, humidityPercent: values.humid_sht4 },
  };
}
