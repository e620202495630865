import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { Bmp280Schema, Mpu6050Schema, Sht4xSchema, Vector3Schema } from '#gen/reading_pb.js';
import { type SensorValues, withinDataSheets } from '../../src/device/data-sheet.ts';
import { someGreenhouse } from '../../src/device/greenhouse.ts';
import { seededRandom } from '../../src/device/random.ts';
import { GreenhouseSensors } from '../../src/device/sensors.ts';
import { day, hour, minute, second } from '../../src/time.ts';

const midnight = Date.UTC(2026, 10, 22) * 1000;

function samples(sensors: GreenhouseSensors, count: number, interval = 10 * second): SensorValues[] {
  return Array.from({ length: count }, (_, index) => sensors.sample(midnight + index * interval));
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

describe('the sensors', () => {
  it('say the same for the same seed, and something else for another', () => {
    const [one, same, other] = [7, 7, 8].map((seed) => samples(new GreenhouseSensors({ seed }), 1_000));
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it('stay inside their data sheets, in 32-bit floats, for 100,000 samples of a fortnight and many greenhouses', () => {
    let checked = 0;
    for (let seed = 0; seed < 20; seed += 1) {
      for (const values of samples(new GreenhouseSensors({ seed, failureChance: 0 }), 5_000, 4 * minute)) {
        const { bmp280, mpu6050, sht4x } = values;
        const all = [
          [bmp280!.temperatureCelsius, -40, 85],
          [bmp280!.pressurePascals, 30_000, 110_000],
          ...Object.values(axes(mpu6050!.accelerationMps2!)).map((axis) => [axis, -156.9, 156.9]),
          ...Object.values(axes(mpu6050!.angularVelocityRps!)).map((axis) => [axis, -34.9, 34.9]),
          [mpu6050!.temperatureCelsius, -40, 85],
          [sht4x!.temperatureCelsius, -40, 125],
          [sht4x!.humidityPercent, 0, 100],
        ] as [number, number, number][];
        const wrong = all.filter(
          ([value, least, most]) => !(value >= least && value <= most && value === Math.fround(value)),
        );
        if (wrong.length > 0) expect.fail(`seed ${seed}: ${JSON.stringify(values)}`);
        checked += 1;
      }
    }
    expect(checked).toBe(100_000);
  });

  it('agree with each other but for their own offsets', () => {
    const all = samples(new GreenhouseSensors({ seed: 3, failureChance: 0 }), 8_640);
    const against = all.map(({ bmp280, sht4x }) => bmp280!.temperatureCelsius - sht4x!.temperatureCelsius);
    const warmer = all.map(({ mpu6050, sht4x }) => mpu6050!.temperatureCelsius - sht4x!.temperatureCelsius);
    expect(Math.abs(mean(against))).toBeLessThan(2);
    expect(deviation(against)).toBeLessThan(0.05);
    expect(mean(warmer)).toBeGreaterThan(2);
    expect(mean(warmer)).toBeLessThan(6);
    expect(deviation(warmer)).toBeLessThan(0.1);
  });

  it('feel gravity along z with noise, and now and then a knock', () => {
    const all = samples(new GreenhouseSensors({ seed: 4, failureChance: 0 }), 8_640);
    const along = (axis: 'x' | 'y' | 'z') => all.map(({ mpu6050 }) => mpu6050!.accelerationMps2![axis]);
    expect(mean(along('z'))).toBeCloseTo(9.80665, 1);
    expect(mean(along('x'))).toBeCloseTo(0, 1);
    const knocks = along('x').filter((value) => Math.abs(value) > 0.5).length;
    expect(knocks).toBeGreaterThan(5);
    expect(knocks).toBeLessThan(50);
  });

  it('turn at a steady bias with noise around it', () => {
    const turning = samples(new GreenhouseSensors({ seed: 5, failureChance: 0 }), 1_000).map(
      ({ mpu6050 }) => mpu6050!.angularVelocityRps!.x,
    );
    const median = turning.toSorted((left, right) => left - right)[500]!;
    expect(median).not.toBe(0);
    expect(Math.abs(median)).toBeLessThan(0.15);
    expect(turning.filter((value) => Math.abs(value - median) < 0.005).length).toBeGreaterThan(980);
  });

  it('resolve what the real ones do', () => {
    for (const { bmp280, mpu6050 } of samples(new GreenhouseSensors({ seed: 6, failureChance: 0 }), 100)) {
      expect(bmp280!.temperatureCelsius * 100).toBeCloseTo(Math.round(bmp280!.temperatureCelsius * 100), 3);
      const codes = (mpu6050!.accelerationMps2!.z / 9.80665) * 4096;
      expect(codes).toBeCloseTo(Math.round(codes), 2);
    }
  });

  it('fail for a while now and then: the message is absent, and later it is back', () => {
    const all = samples(new GreenhouseSensors({ seed: 9, failureChance: 0.001 }), 8_640);
    for (const sensor of ['bmp280', 'mpu6050', 'sht4x'] as const) {
      const runs = all.map((values) => (sensor in values ? '.' : 'x')).join('');
      const failures = [...runs.matchAll(/x+/g)].map(([run]) => run.length);
      expect(failures.length).toBeGreaterThan(2);
      // 30 s to 5 min of 10 s each; two failures may touch.
      expect(Math.min(...failures)).toBeGreaterThanOrEqual(3);
      expect(runs.endsWith('.')).toBe(true);
    }
  });
});

function axes({ x, y, z }: { x: number; y: number; z: number }) {
  return { x, y, z };
}

describe('the air of a greenhouse', () => {
  const air = someGreenhouse(seededRandom(11), 3_600);
  const hours = Array.from({ length: 24 }, (_, index) => air.airAt(midnight + index * hour));

  it('is warmest at three in the afternoon, local time, and dampest when it is coolest', () => {
    const temperatures = hours.map(({ temperatureCelsius }) => temperatureCelsius);
    const humidities = hours.map(({ humidityPercent }) => humidityPercent);
    expect(Math.abs(temperatures.indexOf(Math.max(...temperatures)) - 14)).toBeLessThanOrEqual(1);
    const dampest = humidities.indexOf(Math.max(...humidities));
    expect(temperatures[dampest]).toBeLessThan(mean(temperatures));
    expect(Math.max(...temperatures) - Math.min(...temperatures)).toBeGreaterThan(10);
  });

  it('has a pressure that drifts with the weather: little in an hour, much in a week', () => {
    const pressures = Array.from({ length: 7 * 24 }, (_, index) => air.airAt(midnight + index * hour).pressurePascals);
    const steps = pressures.slice(1).map((pressure, index) => Math.abs(pressure - pressures[index]!));
    expect(Math.max(...steps)).toBeLessThan(150);
    expect(Math.max(...pressures) - Math.min(...pressures)).toBeGreaterThan(1_000);
  });

  it('is the same whenever one asks for the same moment', () => {
    expect(air.airAt(midnight + 5 * day)).toEqual(someGreenhouse(seededRandom(11), 3_600).airAt(midnight + 5 * day));
  });
});

describe('the check against the data sheets', () => {
  const vector = create(Vector3Schema, { x: 0, y: 0, z: 9.81 });
  const right: SensorValues = {
    bmp280: create(Bmp280Schema, { temperatureCelsius: 20, pressurePascals: 101_325 }),
    mpu6050: create(Mpu6050Schema, { accelerationMps2: vector, angularVelocityRps: vector, temperatureCelsius: 25 }),
    sht4x: create(Sht4xSchema, { temperatureCelsius: 20, humidityPercent: 50 }),
  };

  it('keeps what can be, as it is', () => {
    expect(withinDataSheets(right)).toEqual(right);
    expect(withinDataSheets({})).toEqual({});
  });

  it.each([
    ['bmp280', { ...right.bmp280!, temperatureCelsius: 85.1 }],
    ['bmp280', { ...right.bmp280!, pressurePascals: 0 }],
    ['bmp280', { ...right.bmp280!, pressurePascals: Number.NaN }],
    ['mpu6050', { ...right.mpu6050!, temperatureCelsius: -41 }],
    ['mpu6050', { ...right.mpu6050!, accelerationMps2: create(Vector3Schema, { x: 157 }) }],
    ['mpu6050', { ...right.mpu6050!, angularVelocityRps: create(Vector3Schema, { y: -35 }) }],
    ['mpu6050', { ...right.mpu6050!, angularVelocityRps: create(Vector3Schema, { z: Number.POSITIVE_INFINITY }) }],
    ['mpu6050', create(Mpu6050Schema, { accelerationMps2: vector, temperatureCelsius: 25 })],
    ['sht4x', { ...right.sht4x!, humidityPercent: 100.5 }],
    ['sht4x', { ...right.sht4x!, temperatureCelsius: 126 }],
  ] as const)('leaves out a %s that says %o', (sensor, values) => {
    const { [sensor]: _, ...others } = right;
    expect(withinDataSheets({ ...right, [sensor]: values })).toEqual(others);
  });
});
