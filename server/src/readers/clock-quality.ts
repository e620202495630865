import type { ClockSample } from '../readings/clock-model.ts';
import type { StoredReading } from '../store/store.ts';
import { type Micros, second } from '../time.ts';

/** How well a device keeps time; null for what can't be told yet. */
export interface ClockQuality {
  /** Server minus device. */
  readonly offset: Micros | null;
  /** The offset is right within this, either way. */
  readonly uncertainty: Micros | null;
  /** By how much the device's crystal loses against the server's clock, parts per million. */
  readonly driftPpm: number | null;
  /** The drift is right within this, either way. */
  readonly driftUncertaintyPpm: number | null;
  /** Observations of the newest boot that count. */
  readonly samples: number;
}

/** How fast a crystal may run away from the server's clock, as a ratio: 50 ppm. */
const greatestDrift = 50e-6;
/** A drift that is known less well than this says nothing: crystals are within half of it. */
const greatestDriftUncertaintyPpm = 100;
/** Two boots began further apart than this. */
const sameBoot: Micros = 2 * second;
/** The drift is fitted to so many samples at most. */
const greatestFit = 64;

/**
 * A device's clock by the clock samples of its newest boot, in order of uptime, and its latest reading. Null when there
 * are no samples.
 *
 * The offset is the server's time at the reading's uptime, by the sample nearest to it, less the device's own stamp. It
 * is uncertain by that sample's uncertainty and 50 ppm of the uptime between the two.
 *
 * The drift is the median slope of (server's time - uptime) over uptime between any two samples that are at least a
 * quarter of all the time apart (Theil and Sen's estimator), so that a quarter of the samples may be wrong without
 * moving it far. Before that the best sample of each of 64 equal spans is taken. It is uncertain by what the uncertainties
 * of a pair allow, again in the median. Samples from before the server's clock last stepped don't compare, and don't count.
 */
export function clockQuality(samples: readonly ClockSample[], latest: StoredReading | null): ClockQuality | null {
  const epoch = samples.at(-1)?.epoch;
  const comparable = samples.filter((sample) => sample.epoch === epoch);
  if (comparable.length === 0) return null;
  return { ...offsetOf(comparable, latest), ...driftOf(bestOfSpans(comparable)), samples: comparable.length };
}

function offsetOf(samples: readonly ClockSample[], latest: StoredReading | null) {
  const unknown = { offset: null, uncertainty: null };
  const { uptime, ownTime, resolvedTime } = latest ?? {};
  if (uptime == null || ownTime == null || resolvedTime == null) return unknown;
  const distance = (sample: ClockSample) => Math.abs(sample.uptime - uptime);
  const nearest = samples.reduce((best, sample) => (distance(sample) < distance(best) ? sample : best));
  const serverTime = nearest.serverTime + (uptime - nearest.uptime);
  // The reading may be of an earlier boot, which these samples say nothing of.
  if (Math.abs(serverTime - resolvedTime) > sameBoot) return unknown;
  return {
    offset: serverTime - ownTime,
    uncertainty: nearest.uncertainty + Math.round(distance(nearest) * greatestDrift),
  };
}

function bestOfSpans(samples: readonly ClockSample[]): readonly ClockSample[] {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || samples.length <= greatestFit) return samples;
  const best = new Map<number, ClockSample>();
  for (const sample of samples) {
    const span = Math.floor(((sample.uptime - first.uptime) / (last.uptime - first.uptime + 1)) * greatestFit);
    const before = best.get(span);
    if (!before || sample.uncertainty < before.uncertainty) best.set(span, sample);
  }
  return [...best.values()];
}

function driftOf(samples: readonly ClockSample[]) {
  const [first, last] = [samples[0], samples.at(-1)];
  const leastDistance = first && last ? (last.uptime - first.uptime) / 4 : 0;
  const slopes: number[] = [];
  const bounds: number[] = [];
  samples.forEach((later, index) => {
    for (const earlier of samples.slice(0, index)) {
      const distance = later.uptime - earlier.uptime;
      if (distance <= 0 || distance < leastDistance) continue;
      slopes.push((later.serverTime - earlier.serverTime - distance) / distance);
      bounds.push((later.uncertainty + earlier.uncertainty) / distance);
    }
  });
  const driftUncertaintyPpm = median(bounds) * 1e6;
  if (!(driftUncertaintyPpm <= greatestDriftUncertaintyPpm)) return { driftPpm: null, driftUncertaintyPpm: null };
  return { driftPpm: median(slopes) * 1e6, driftUncertaintyPpm };
}

/** NaN of nothing. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
