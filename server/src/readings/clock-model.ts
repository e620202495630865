/**
 * When a reading was taken, by the server's clock (docs/protocol-v1.md, section 7). A sample ties a boot's uptime to
 * the server's time; a reading's uptime and the sample nearest to it give the reading's time.
 */
import { day, type Micros, minute, second } from '../time.ts';
import { type Reading, timeSource } from './reading.ts';

/** One observation of a boot's uptime against the server's clock. */
export interface ClockSample {
  readonly uptime: Micros;
  readonly serverTime: Micros;
  /** serverTime is right within this, either way. */
  readonly uncertainty: Micros;
  /** Counts the steps of the server's clock: samples of different epochs don't compare. */
  readonly epoch: number;
}

/** Uncertainty of a sample whose round trip is not known. */
const unknownUncertainty: Micros = second;
const greatestRoundTrip: Micros = 2 * second;
/** How long a device waits for the answer to a handshake before it gives it up. */
const longestWait: Micros = 10 * second;
/** How fast a crystal may run away from the server's clock, as a ratio: 50 ppm. */
const drift = 50e-6;
const greatestAge: Micros = 10 * minute;
/** A server's clock that moves by more than this at once has stepped. */
export const leastStep: Micros = second / 2;

/**
 * No reading is older than the project, so a clock that says so was never set: 1970 never reaches a reader.
 */
export const earliestTime: Micros = Date.UTC(2026, 0, 1) * 1000;

/**
 * The sample that a message gives, or null when its round trip is too long to say anything.
 * The message left the device half a round trip before the server received it.
 */
export function sampleOf(message: {
  readonly uptime: Micros;
  readonly receivedAt: Micros;
  readonly roundTrip: Micros | undefined;
  readonly epoch: number;
}): ClockSample | null {
  const { uptime, receivedAt, roundTrip, epoch } = message;
  if (roundTrip === undefined) return { uptime, serverTime: receivedAt, uncertainty: unknownUncertainty, epoch };
  if (roundTrip < 0 || roundTrip > greatestRoundTrip) return null;
  const half = Math.round(roundTrip / 2);
  return { uptime, serverTime: receivedAt - half, uncertainty: half, epoch };
}

/**
 * Whether a sample tells more than the last one kept: it is twice as good as what that has become, or that is old. With
 * "better" alone, round trips that hardly differ would have a sample stored every second, and SD cards wear.
 */
export function isWorthKeeping(candidate: ClockSample, last: ClockSample | null): boolean {
  if (last === null || last.epoch !== candidate.epoch) return true;
  const age = Math.abs(candidate.uptime - last.uptime);
  if (age >= greatestAge) return true;
  const later = offsetOf(candidate) - offsetOf(last);
  const explained = last.uncertainty + candidate.uncertainty + age * drift;
  // On its way a message can only be held up, which makes its offset greater: of two that contradict each other the
  // smaller one is true.
  if (Math.abs(later) > explained) return later < 0;
  return 2 * candidate.uncertainty < last.uncertainty + age * drift;
}

/**
 * Whether a sample may go on with the epoch of an earlier one of its boot: no step of the clock lies between them, not
 * even one that nobody saw because the server was down.
 */
export function agrees(sample: ClockSample, earlier: ClockSample): boolean {
  const age = Math.abs(sample.uptime - earlier.uptime);
  // Without a round trip nothing bounds how long a message was held up but a device's wait for its answer.
  const held = sample.uncertainty >= unknownUncertainty ? longestWait : 0;
  const explained = sample.uncertainty + earlier.uncertainty + age * drift + leastStep + held;
  return Math.abs(offsetOf(sample) - offsetOf(earlier)) <= explained;
}

/** The server's time at the boot, by this sample. */
function offsetOf({ serverTime, uptime }: ClockSample): Micros {
  return serverTime - uptime;
}

/**
 * A reading's time by a sample. Nothing was taken after it was received, so `receivedAt` bounds it. Null when that is
 * before the project: then one of the two uptimes is not true.
 */
export function timeBySample(uptime: Micros, sample: ClockSample, receivedAt: Micros | null): Micros | null {
  const time = sample.serverTime + (uptime - sample.uptime);
  if (time < earliestTime) return null;
  if (receivedAt !== null) return Math.min(time, receivedAt);
  // Nothing bounds an absurd uptime while the server's clock is not trusted, so it may not reach far beyond the sample.
  return uptime - sample.uptime > day ? null : time;
}

/**
 * A reading's time by the device's own stamp, for a boot that never met the server: null unless a clock was set and
 * the stamp is one that can be true, not before the project and not after the reading was received.
 */
export function timeByOwnStamp(
  reading: Pick<Reading, 'ownTime' | 'timeSource'>,
  receivedAt: Micros | null,
): Micros | null {
  const { ownTime } = reading;
  if (ownTime === null || reading.timeSource === timeSource.uptime || ownTime < earliestTime) return null;
  // A device's clock may run a little ahead; what is clearly in the future is not a time.
  if (receivedAt === null || ownTime > receivedAt + 2 * second) return null;
  return Math.min(ownTime, receivedAt);
}
