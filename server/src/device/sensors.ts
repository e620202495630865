import { create } from '@bufbuild/protobuf';
import { Bmp280Schema, Mpu6050Schema, Sht4xSchema, type Vector3, Vector3Schema } from '#gen/reading_pb.js';
import { type Micros, minute, second } from '../time.ts';
import type { SensorValues } from './data-sheet.ts';
import { type Air, type Greenhouse, someGreenhouse } from './greenhouse.ts';
import { type SeededRandom, seededRandom } from './random.ts';

/** Anything that can be sampled. `wall` is the true time, of which the air is a function. */
export interface Sensors {
  sample(wall: Micros): SensorValues;
}

export interface GreenhouseSensorsOptions {
  /** The same seed gives the same values at the same times. */
  readonly seed: number;
  readonly utcOffsetSeconds?: number;
  /** The chance, at each sample, that a sensor begins to fail; it comes back after 30 s to 5 min. */
  readonly failureChance?: number;
}

const gravity = 9.80665;
const degree = Math.PI / 180;
/** ±8 g and ±500 °/s, as the firmware sets the MPU-6050, over 16 bits (PS-MPU-6000A-00, sections 6.1 and 6.2). */
const accelerationStep = gravity / 4096;
const angularVelocityStep = degree / 65.5;

/** A sensor of its own: off by a little, always the same way. */
interface Part {
  readonly temperatureOffset: number;
  failingUntil: Micros;
}

/** BMP280, MPU-6050 and SHT4x on one board in a greenhouse: they agree but for their own offsets and noise. */
export class GreenhouseSensors implements Sensors {
  readonly #random: SeededRandom;
  readonly #greenhouse: Greenhouse;
  readonly #failureChance: number;
  readonly #bmp280: Part;
  readonly #mpu6050: Part;
  readonly #sht4x: Part;
  readonly #pressureOffset: number;
  readonly #humidityOffset: number;
  readonly #gyroBias: Vector3;

  constructor({ seed, utcOffsetSeconds = 0, failureChance = 1e-4 }: GreenhouseSensorsOptions) {
    const random = seededRandom(seed);
    this.#random = random;
    this.#greenhouse = someGreenhouse(random, utcOffsetSeconds);
    this.#failureChance = failureChance;
    this.#bmp280 = { temperatureOffset: random.normal(0.4), failingUntil: 0 };
    // Warmed by the chips around it.
    this.#mpu6050 = { temperatureOffset: 3 + 2 * random.uniform(), failingUntil: 0 };
    this.#sht4x = { temperatureOffset: random.normal(0.1), failingUntil: 0 };
    this.#pressureOffset = random.normal(50);
    this.#humidityOffset = random.normal(1);
    this.#gyroBias = this.#vector(() => random.normal(2 * degree));
  }

  sample(wall: Micros): SensorValues {
    const air = this.#greenhouse.airAt(wall);
    return {
      ...(this.#works(this.#bmp280, wall) && { bmp280: this.#sampleBmp280(air) }),
      ...(this.#works(this.#mpu6050, wall) && { mpu6050: this.#sampleMpu6050(air) }),
      ...(this.#works(this.#sht4x, wall) && { sht4x: this.#sampleSht4x(air) }),
    };
  }

  #works(part: Part, wall: Micros): boolean {
    if (this.#random.uniform() < this.#failureChance) {
      part.failingUntil = wall + 30 * second + Math.floor(this.#random.uniform() * 4.5 * minute);
    }
    return wall >= part.failingUntil;
  }

  /** Bosch BST-BMP280-DS001: 0.01 °C, 0.16 Pa. */
  #sampleBmp280({ temperatureCelsius, pressurePascals }: Air) {
    const noise = this.#random.normal;
    return create(Bmp280Schema, {
      temperatureCelsius: inSteps(temperatureCelsius + this.#bmp280.temperatureOffset + noise(0.01), 0.01, -40, 85),
      pressurePascals: inSteps(pressurePascals + this.#pressureOffset + noise(1.3), 0.16, 30_000, 110_000),
    });
  }

  /** Lies flat; now and then somebody bumps the table. */
  #sampleMpu6050({ temperatureCelsius }: Air) {
    const { uniform, normal } = this.#random;
    const knock = uniform() < 1 / 500 ? 1 : 0;
    const acceleration = this.#vector((axis) => (axis === 'z' ? gravity : 0) + normal(0.03 + 3 * knock));
    const angularVelocity = this.#vector((axis) => this.#gyroBias[axis] + normal(0.05 * degree + 0.5 * knock));
    return create(Mpu6050Schema, {
      accelerationMps2: this.#vector((axis) => inCodes(acceleration[axis], accelerationStep)),
      angularVelocityRps: this.#vector((axis) => inCodes(angularVelocity[axis], angularVelocityStep)),
      // PS-MPU-6000A-00, section 6.4: 340 steps a degree.
      temperatureCelsius: inSteps(
        temperatureCelsius + this.#mpu6050.temperatureOffset + normal(0.05),
        1 / 340,
        -40,
        85,
      ),
    });
  }

  /** Sensirion SHT4x data sheet, section 4.6: 16 bits over 175 °C and over 125 %, and the ends of humidity cut off. */
  #sampleSht4x({ temperatureCelsius, humidityPercent }: Air) {
    const noise = this.#random.normal;
    return create(Sht4xSchema, {
      temperatureCelsius: inSteps(
        temperatureCelsius + this.#sht4x.temperatureOffset + noise(0.02),
        175 / 65_535,
        -40,
        125,
      ),
      humidityPercent: inSteps(humidityPercent + this.#humidityOffset + noise(0.1), 125 / 65_535, 0, 100),
    });
  }

  #vector(along: (axis: 'x' | 'y' | 'z') => number): Vector3 {
    return create(Vector3Schema, { x: along('x'), y: along('y'), z: along('z') });
  }
}

/** What a sensor that counts in steps says of a value, as the 32-bit float that the wire has. */
function inSteps(value: number, step: number, least: number, most: number): number {
  return Math.fround(Math.min(Math.max(Math.round(value / step) * step, least), most));
}

/** As inSteps for 16 bits with a sign: beyond full scale, the sensor shows full scale. */
function inCodes(value: number, step: number): number {
  return inSteps(value, step, -32_768 * step, 32_767 * step);
}
