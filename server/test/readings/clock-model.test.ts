import { describe, expect, it } from 'vitest';
import {
  agrees,
  type ClockSample,
  earliestTime,
  isWorthKeeping,
  sampleOf,
  timeByOwnStamp,
  timeBySample,
} from '../../src/readings/clock-model.ts';
import { timeSource } from '../../src/readings/reading.ts';
import { day, hour, type Micros, minute, second } from '../../src/time.ts';

const millisecond: Micros = 1000;
const noon: Micros = Date.UTC(2026, 10, 22, 12) * 1000;

describe('a clock sample', () => {
  const message = (roundTrip: Micros | undefined) =>
    sampleOf({ uptime: 3 * second, receivedAt: noon, roundTrip, epoch: 4 });

  it('is half a round trip older than its arrival, and right within that', () => {
    expect(message(20 * millisecond)).toEqual({
      uptime: 3 * second,
      serverTime: noon - 10 * millisecond,
      uncertainty: 10 * millisecond,
      epoch: 4,
    });
  });

  it('is right within a second while the round trip is not known', () => {
    const { uptime, epoch } = message(undefined)!;
    expect(message(undefined)).toEqual({ uptime, epoch, serverTime: noon, uncertainty: second });
  });

  it('is made of whole microseconds, and of any round trip from 0 to 2 s', () => {
    expect(message(0)).toMatchObject({ serverTime: noon, uncertainty: 0 });
    expect(message(3)).toMatchObject({ serverTime: noon - 2, uncertainty: 2 });
    expect(message(2 * second)).toMatchObject({ serverTime: noon - second, uncertainty: second });
  });

  it('is not made of a round trip of more than 2 s, nor of one that can not be', () => {
    expect([2 * second + 1, hour, 8e15, -1, -8e15].map(message)).toEqual([null, null, null, null, null]);
  });
});

describe('a clock sample is worth keeping', () => {
  const last: ClockSample = { uptime: hour, serverTime: noon, uncertainty: 10 * millisecond, epoch: 1 };
  const sampleAfter = (age: Micros, uncertainty: Micros, epoch = 1): ClockSample => ({
    uptime: last.uptime + age,
    serverTime: noon + age,
    uncertainty,
    epoch,
  });

  it('when it is the first', () => {
    expect(isWorthKeeping(sampleAfter(0, second), null)).toBe(true);
  });

  it('when it is better than the last one', () => {
    expect(isWorthKeeping(sampleAfter(0, 5 * millisecond - 1), last)).toBe(true);
    expect(isWorthKeeping(sampleAfter(0, 5 * millisecond), last)).toBe(false);
    expect(isWorthKeeping(sampleAfter(0, 10 * millisecond + 1), last)).toBe(false);
  });

  it('when it is better than what the last one has become at 50 ppm', () => {
    // In 100 s the device may have run away by 5 ms.
    expect(isWorthKeeping(sampleAfter(100 * second, 7.5 * millisecond - 1), last)).toBe(true);
    expect(isWorthKeeping(sampleAfter(100 * second, 7.5 * millisecond), last)).toBe(false);
  });

  it('when the last one is ten minutes old, however bad it is', () => {
    expect(isWorthKeeping(sampleAfter(10 * minute, second), last)).toBe(true);
    expect(isWorthKeeping(sampleAfter(10 * minute - 1, second), last)).toBe(false);
    expect(isWorthKeeping(sampleAfter(250 * 365 * day, second), last)).toBe(true);
  });

  it('by the same rules when it comes late and is the older of the two', () => {
    expect(isWorthKeeping(sampleAfter(-100 * second, 7.5 * millisecond - 1), last)).toBe(true);
    expect(isWorthKeeping(sampleAfter(-100 * second, 7.5 * millisecond), last)).toBe(false);
    expect(isWorthKeeping(sampleAfter(-10 * minute, second), last)).toBe(true);
  });

  it('when it contradicts the last one and is earlier, for a message can only be held up', () => {
    const heldUp = { ...sampleAfter(second, millisecond), serverTime: last.serverTime + second + hour };
    expect(isWorthKeeping(heldUp, last)).toBe(false);
    expect(isWorthKeeping(last, heldUp)).toBe(true);
    expect(isWorthKeeping({ ...last, uncertainty: 30 * millisecond }, heldUp)).toBe(true);
  });

  it("when the server's clock has stepped since: samples of two epochs don't compare", () => {
    expect(isWorthKeeping(sampleAfter(second, second, 2), last)).toBe(true);
    expect(isWorthKeeping(sampleAfter(second, second, 0), last)).toBe(true);
  });
});

describe('two samples agree', () => {
  const earlier: ClockSample = { uptime: hour, serverTime: noon, uncertainty: second, epoch: 1 };
  const later = (by: Micros): ClockSample => ({
    uptime: 2 * hour,
    serverTime: noon + hour + by,
    uncertainty: 0,
    epoch: 2,
  });

  it('within their uncertainties, half a second, and 50 ppm of the uptime between them', () => {
    // 1 s, 0.5 s, and 0.18 s in an hour.
    for (const by of [0, 1_680_000, -1_680_000]) expect(agrees(later(by), earlier)).toBe(true);
    for (const by of [1_680_001, -1_680_001]) expect(agrees(later(by), earlier)).toBe(false);
  });
});

describe("a reading's time by a sample", () => {
  const sample: ClockSample = { uptime: hour, serverTime: noon, uncertainty: second, epoch: 1 };

  it("is the sample's, moved by the uptime between them, forwards or back", () => {
    expect(timeBySample(hour + 7, sample, null)).toBe(noon + 7);
    expect(timeBySample(hour - 7, sample, null)).toBe(noon - 7);
    expect(timeBySample(0, sample, noon + hour)).toBe(noon - hour);
  });

  it('is not after it was received', () => {
    expect(timeBySample(hour + 2 * second, sample, noon + second)).toBe(noon + second);
    expect(timeBySample(hour + second, sample, noon + second)).toBe(noon + second);
    expect(timeBySample(8e15, sample, noon + second)).toBe(noon + second);
  });

  it('is not before the project: an uptime that says so is not true', () => {
    const late: ClockSample = { ...sample, uptime: 8e15 };
    expect(timeBySample(0, late, noon)).toBeNull();
    expect(timeBySample(8e15 - (noon - earliestTime), late, noon)).toBe(earliestTime);
    expect(timeBySample(8e15 - (noon - earliestTime) - 1, late, null)).toBeNull();
  });

  it('is at most a day after the sample while nothing says when it was received', () => {
    expect(timeBySample(hour + day, sample, null)).toBe(noon + day);
    expect(timeBySample(hour + day + 1, sample, null)).toBeNull();
  });
});

describe("a reading's time by its own stamp", () => {
  const byStamp = (ownTime: Micros | null, receivedAt: Micros | null = noon, source = timeSource.ntp) =>
    timeByOwnStamp({ ownTime, timeSource: source }, receivedAt);

  it('is the stamp, by the clock of NTP or of the server', () => {
    expect(byStamp(noon - hour)).toBe(noon - hour);
    expect(timeByOwnStamp({ ownTime: noon - hour, timeSource: timeSource.server }, noon)).toBe(noon - hour);
  });

  it('is none when only the uptime was known', () => {
    expect(byStamp(null)).toBeNull();
    expect(timeByOwnStamp({ ownTime: null, timeSource: timeSource.uptime }, noon)).toBeNull();
    expect(timeByOwnStamp({ ownTime: noon - hour, timeSource: timeSource.uptime }, noon)).toBeNull();
  });

  it.each([
    ['in 1970', 0],
    ['in 1970, a little later', hour],
    ['in 2000, where a clock chip may start', Date.UTC(2000, 0, 1) * 1000],
    ['before the project', earliestTime - 1],
    ['in 2100', Date.UTC(2100, 0, 1) * 1000],
    ['clearly after it was received', noon + 2 * second + 1],
  ])('is none when the stamp is %s', (_, ownTime) => {
    expect(byStamp(ownTime)).toBeNull();
  });

  it('is from the first day of the project on', () => {
    expect(earliestTime).toBe(Date.UTC(2026, 0, 1) * 1000);
    expect(byStamp(earliestTime)).toBe(earliestTime);
  });

  it('is not after it was received, when the clock of the device runs a little ahead', () => {
    expect(byStamp(noon)).toBe(noon);
    expect(byStamp(noon + 1)).toBe(noon);
    expect(byStamp(noon + 2 * second)).toBe(noon);
  });

  it('is none when the server did not know when it was received: nothing bounds it', () => {
    expect(byStamp(noon - hour, null)).toBeNull();
  });
});
