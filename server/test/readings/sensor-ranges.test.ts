import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ReadingBatchSchema, type ReadingSchema } from '#gen/reading_pb.js';
import { checkBatch } from '../../src/readings/batch.ts';
import type { SensorValues } from '../../src/readings/reading.ts';

type Sensors = Omit<MessageInitShape<typeof ReadingSchema>, '$typeName' | '$unknown'>;

/** What becomes of sensor values on their way over the wire, which makes them 32-bit floats. */
function check(...sensors: Sensors[]) {
  const readings = sensors.map((values, index) => ({ ...values, sequence: BigInt(index + 1) }));
  return checkBatch(toBinary(ReadingBatchSchema, create(ReadingBatchSchema, { bootId: 1n, readings })));
}

/** The sensor's values, or 'refused': then they are stored as absent, and counted. */
function checkSensor<Name extends keyof SensorValues>(name: Name, sensors: Sensors) {
  const { readings, refusedSensors } = check(sensors);
  expect(readings.length).toBe(1);
  const values = readings[0]![name];
  expect(refusedSensors).toBe(values === null ? 1 : 0);
  return values ?? 'refused';
}

/** The 32-bit float next to a value, away from zero or, for 0, below it. */
function beyond(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  if (value === 0) return -1.401298464324817e-45;
  view.setUint32(0, view.getUint32(0) + 1);
  return view.getFloat32(0);
}

/** The 32-bit floats just inside and just outside a bound that may not be a 32-bit float itself. */
function around(bound: number): { inside: number; outside: number } {
  const rounded = Math.fround(bound);
  if (Math.abs(rounded) <= Math.abs(bound)) return { inside: rounded, outside: beyond(rounded) };
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, rounded);
  view.setUint32(0, view.getUint32(0) - 1);
  return { inside: view.getFloat32(0), outside: rounded };
}

const bmp280 = { temperatureCelsius: 20, pressurePascals: 100_000 };
const sht4x = { temperatureCelsius: 20, humidityPercent: 50 };
const still = { x: 0, y: 0, z: 0 };
const mpu6050 = { accelerationMps2: still, angularVelocityRps: still, temperatureCelsius: 20 };

const impossible = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3.4e38, -3.4e38];

describe('BMP280', () => {
  it.each([
    ['temperatureCelsius', -40],
    ['temperatureCelsius', 85],
    ['pressurePascals', 30_000],
    ['pressurePascals', 110_000],
  ])('may say a %s of %f and nothing beyond', (field, bound) => {
    expect(checkSensor('bmp280', { bmp280: { ...bmp280, [field]: bound } })).toEqual({ ...bmp280, [field]: bound });
    // The one bound here whose outside lies towards zero.
    const outside = bound === 30_000 ? 29_999.998 : beyond(bound);
    expect(checkSensor('bmp280', { bmp280: { ...bmp280, [field]: outside } })).toBe('refused');
  });

  it.each(['temperatureCelsius', 'pressurePascals'])('is refused with a %s that is no number', (field) => {
    for (const value of impossible) {
      expect(checkSensor('bmp280', { bmp280: { ...bmp280, [field]: value } })).toBe('refused');
    }
  });

  it('is refused when it is empty: there is no air in a pressure of 0', () => {
    expect(checkSensor('bmp280', { bmp280: {} })).toBe('refused');
  });
});

describe('SHT4x', () => {
  it.each([
    ['temperatureCelsius', -40],
    ['temperatureCelsius', 125],
    ['humidityPercent', 0],
    ['humidityPercent', 100],
  ])('may say a %s of %f and nothing beyond', (field, bound) => {
    expect(checkSensor('sht4x', { sht4x: { ...sht4x, [field]: bound } })).toEqual({ ...sht4x, [field]: bound });
    expect(checkSensor('sht4x', { sht4x: { ...sht4x, [field]: beyond(bound) } })).toBe('refused');
  });

  it.each(['temperatureCelsius', 'humidityPercent'])('is refused with a %s that is no number', (field) => {
    for (const value of impossible) {
      expect(checkSensor('sht4x', { sht4x: { ...sht4x, [field]: value } })).toBe('refused');
    }
  });
});

describe('MPU6050', () => {
  const axes = ['x', 'y', 'z'] as const;
  const withAxis = (vector: 'accelerationMps2' | 'angularVelocityRps', axis: string, value: number) => ({
    mpu6050: { ...mpu6050, [vector]: { ...still, [axis]: value } },
  });
  const checked = (acceleration: object, angularVelocity: object, temperatureCelsius = 20) => ({
    acceleration: { ...still, ...acceleration },
    angularVelocity: { ...still, ...angularVelocity },
    temperatureCelsius,
  });

  it.each(axes)('may say ±16 g along %s, as a 32-bit float computes it', (axis) => {
    const standardGravity = Math.fround(9.80665);
    for (const sign of [1, -1]) {
      const product = Math.fround(sign * 16 * standardGravity);
      // The last place either way, for who multiplies in another order.
      for (const value of [product, beyond(product), Math.fround(sign * 156.9064)]) {
        expect(checkSensor('mpu6050', withAxis('accelerationMps2', axis, value))).toEqual(
          checked({ [axis]: value }, {}),
        );
      }
    }
  });

  it.each(axes)('may say ±2000 °/s about %s, as a 32-bit float computes it', (axis) => {
    const radiansPerDegree = Math.fround(Math.PI / 180);
    for (const sign of [1, -1]) {
      const product = Math.fround(sign * 2000 * radiansPerDegree);
      for (const value of [product, beyond(product), Math.fround((sign * 2000 * Math.PI) / 180)]) {
        expect(checkSensor('mpu6050', withAxis('angularVelocityRps', axis, value))).toEqual(
          checked({}, { [axis]: value }),
        );
      }
    }
  });

  it.each([
    ['accelerationMps2', 156.91],
    ['angularVelocityRps', 34.91],
  ] as const)('says nothing beyond its full scale, rounded up, on any axis of %s', (vector, bound) => {
    for (const axis of axes) {
      for (const signed of [bound, -bound]) {
        const { inside, outside } = around(signed);
        expect(checkSensor('mpu6050', withAxis(vector, axis, inside))).not.toBe('refused');
        expect(checkSensor('mpu6050', withAxis(vector, axis, outside))).toBe('refused');
      }
      for (const value of impossible) expect(checkSensor('mpu6050', withAxis(vector, axis, value))).toBe('refused');
    }
  });

  it('may say a temperature of -40 to 85 °C and nothing beyond', () => {
    for (const bound of [-40, 85]) {
      const said = (temperatureCelsius: number) =>
        checkSensor('mpu6050', { mpu6050: { ...mpu6050, temperatureCelsius } });
      expect(said(bound)).toEqual(checked({}, {}, bound));
      expect(said(beyond(bound))).toBe('refused');
    }
    for (const temperatureCelsius of impossible) {
      expect(checkSensor('mpu6050', { mpu6050: { ...mpu6050, temperatureCelsius } })).toBe('refused');
    }
  });

  it('is refused without one of its vectors', () => {
    const { accelerationMps2, angularVelocityRps, temperatureCelsius } = mpu6050;
    expect(checkSensor('mpu6050', { mpu6050: { angularVelocityRps, temperatureCelsius } })).toBe('refused');
    expect(checkSensor('mpu6050', { mpu6050: { accelerationMps2, temperatureCelsius } })).toBe('refused');
    expect(checkSensor('mpu6050', { mpu6050: {} })).toBe('refused');
  });
});

describe('a sensor that is refused', () => {
  it('costs its reading nothing else, and is counted over the whole batch', () => {
    const { readings, refusedSensors } = check(
      { bmp280: { ...bmp280, pressurePascals: Number.NaN }, sht4x },
      { bmp280, mpu6050: {}, sht4x: { ...sht4x, humidityPercent: 101 } },
      {},
      { bmp280: {}, mpu6050: {}, sht4x: { humidityPercent: -1 } },
    );
    const none = { bmp280: null, mpu6050: null, sht4x: null };
    expect(readings.map(({ bmp280, mpu6050, sht4x }) => ({ bmp280, mpu6050, sht4x }))).toEqual([
      { ...none, sht4x },
      { ...none, bmp280 },
      none,
      none,
    ]);
    expect(readings.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    expect(refusedSensors).toBe(6);
  });

  it('is told apart from one that is absent, which is not counted', () => {
    expect(check({}).refusedSensors).toBe(0);
    expect(check({ bmp280: {} }).refusedSensors).toBe(1);
  });
});
