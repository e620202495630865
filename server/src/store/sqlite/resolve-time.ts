import { type ClockSample, timeByOwnStamp, timeBySample } from '../../readings/clock-model.ts';
import type { Reading } from '../../readings/reading.ts';
import type { Micros } from '../../time.ts';
import type { ClockSamples } from './clock-samples.ts';
import type { Readings } from './readings.ts';

export interface Resolution {
  readonly time: Micros | null;
  /** 0 by nothing, 1 by the device's own stamp, 2 by a clock sample */
  readonly by: 0 | 1 | 2;
}

const unresolved: Resolution = { time: null, by: 0 };

/** When readings were taken (docs/protocol-v1.md, section 7), by what the store has of their boot's clock. */
export class TimeResolver {
  readonly #samples: ClockSamples;
  readonly #readings: Readings;

  constructor(samples: ClockSamples, readings: Readings) {
    this.#samples = samples;
    this.#readings = readings;
  }

  /** `last` is the boot's last sample. */
  resolve(
    boot: number,
    last: ClockSample | null,
    reading: Pick<Reading, 'uptime' | 'ownTime' | 'timeSource'>,
    receivedAt: Micros | null,
  ): Resolution {
    if (last !== null && reading.uptime !== null) return this.#bySample(boot, last, reading.uptime, receivedAt);
    const time = timeByOwnStamp(reading, receivedAt);
    return time === null ? unresolved : { time, by: 1 };
  }

  /** Resolves the readings that came before their boot's first sample; says whether there were any. */
  resolveEarlier(boot: number, first: ClockSample): boolean {
    return this.#readings.resolveAgain(boot, ({ uptime, receivedAt }) =>
      uptime === null ? unresolved : this.#bySample(boot, first, uptime, receivedAt),
    );
  }

  #bySample(boot: number, last: ClockSample, uptime: Micros, receivedAt: Micros | null): Resolution {
    const time = timeBySample(uptime, this.#samples.nearest(boot, last, uptime), receivedAt);
    // An absurd uptime that nothing bounds must not become a time that no number holds.
    return time !== null && Number.isSafeInteger(time) ? { time, by: 2 } : unresolved;
  }
}
