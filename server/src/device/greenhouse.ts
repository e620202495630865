import { day, hour, type Micros, second } from '../time.ts';
import type { SeededRandom } from './random.ts';

/** The air at a moment, as it is and not as a sensor has it. */
export interface Air {
  readonly temperatureCelsius: number;
  readonly humidityPercent: number;
  readonly pressurePascals: number;
}

/** What makes one greenhouse differ from the next. */
export interface Greenhouse {
  /** The air at a moment of the wall clock; the same moment always gives the same air. */
  airAt(wall: Micros): Air;
}

/** A greenhouse somewhere: its warmth, its height above the sea and its weather are drawn from `random`. */
export function someGreenhouse(random: SeededRandom, utcOffsetSeconds = 0): Greenhouse {
  const meanTemperature = 21 + 3 * (2 * random.uniform() - 1);
  const meanDewPoint = meanTemperature - 10 + 2 * (2 * random.uniform() - 1);
  const meanPressure = pressureAtHeight(600 * random.uniform());
  // Weather: periods that share no multiple, so that no two days are alike.
  const someWave = (period: Micros) => wave(period, period * random.uniform());
  const warmSpell = someWave(5.3 * day);
  const dampSpell = someWave(4.1 * day);
  const lows = someWave(6.7 * day);
  const fronts = someWave(2.9 * day);
  // Warmest at three in the afternoon, when plants breathe out most as well.
  const sun = wave(day, 9 * hour - utcOffsetSeconds * second);
  // The atmosphere's tide: highest about ten in the morning and in the evening.
  const tide = wave(day / 2, 7 * hour - utcOffsetSeconds * second);
  return {
    airAt(wall) {
      const temperatureCelsius = meanTemperature + 6 * sun(wall) + 2 * warmSpell(wall);
      const dewPoint = meanDewPoint + 1.5 * sun(wall) + 2 * dampSpell(wall);
      return {
        temperatureCelsius,
        humidityPercent: Math.min(100, (100 * vapourPressure(dewPoint)) / vapourPressure(temperatureCelsius)),
        pressurePascals: meanPressure + 1200 * lows(wall) + 500 * fronts(wall) + 60 * tide(wall),
      };
    },
  };
}

/** A sine of the wall clock, from -1 to 1, that rises through 0 at `start`. */
function wave(period: Micros, start: Micros): (wall: Micros) => number {
  return (wall) => Math.sin((2 * Math.PI * (wall - start)) / period);
}

/** The international standard atmosphere (ISO 2533) below 11 km, Pa. */
function pressureAtHeight(metres: number): number {
  return 101_325 * (1 - 2.25577e-5 * metres) ** 5.25588;
}

/** Saturation vapour pressure over water, hPa: the Magnus formula with the WMO's coefficients. */
function vapourPressure(temperatureCelsius: number): number {
  return 6.112 * Math.exp((17.62 * temperatureCelsius) / (243.12 + temperatureCelsius));
}
