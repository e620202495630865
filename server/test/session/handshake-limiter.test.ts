import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HandshakeLimiter } from '../../src/session/handshake-limiter.ts';
import { hour, minute, second } from '../../src/time.ts';
import { TestClock } from '../clock.ts';

const limiterAt = (clock = new TestClock()) => ({ clock, limiter: new HandshakeLimiter(clock) });
const takeMany = (limiter: HandshakeLimiter, deviceId: string, times: number) =>
  Array.from({ length: times }, () => limiter.take(deviceId));

/** The token bucket as the textbook has it: tokens that trickle in. Times are whole milliseconds. */
class NaiveBucket {
  #milliTokens = 10_000;
  #at = 0;

  take(at: number): number {
    this.#milliTokens = Math.min(10_000, this.#milliTokens + (at - this.#at));
    this.#at = at;
    if (this.#milliTokens < 1000) return Math.ceil((1000 - this.#milliTokens) / 1000);
    this.#milliTokens -= 1000;
    return 0;
  }
}

describe('handshake limiter', () => {
  it('lets ten handshakes through at once and tells the eleventh to wait a second', () => {
    const { limiter } = limiterAt();
    expect(takeMany(limiter, 'garden', 11)).toEqual([...Array(10).fill(0), 1]);
  });

  it('lets one through each second after a burst', () => {
    const { clock, limiter } = limiterAt();
    takeMany(limiter, 'garden', 10);
    for (let count = 0; count < 5; count += 1) {
      clock.advance(second - 1);
      expect(limiter.take('garden')).toBe(1);
      clock.advance(1);
      expect(takeMany(limiter, 'garden', 2)).toEqual([0, 1]);
    }
  });

  it('says how long to wait such that who waits so long gets through, and rounds up', () => {
    const { clock, limiter } = limiterAt();
    takeMany(limiter, 'garden', 10);
    clock.advance(second / 4);
    expect(limiter.take('garden')).toBe(1);
    clock.advance(limiter.take('garden') * second);
    expect(limiter.take('garden')).toBe(0);
  });

  it('charges nothing for a handshake that it refuses', () => {
    const { clock, limiter } = limiterAt();
    takeMany(limiter, 'garden', 1000);
    clock.advance(second);
    expect(takeMany(limiter, 'garden', 2)).toEqual([0, 1]);
  });

  it('holds ten again after ten quiet seconds and never more', () => {
    const { clock, limiter } = limiterAt();
    takeMany(limiter, 'garden', 10);
    clock.advance(10 * second);
    expect(takeMany(limiter, 'garden', 11)).toEqual([...Array(10).fill(0), 1]);
    clock.advance(hour);
    expect(takeMany(limiter, 'garden', 11)).toEqual([...Array(10).fill(0), 1]);
  });

  it('counts each device on its own', () => {
    const { limiter } = limiterAt();
    takeMany(limiter, 'garden', 20);
    expect(takeMany(limiter, 'cellar', 11)).toEqual([...Array(10).fill(0), 1]);
  });

  it('goes by monotonic time: a step of the wall clock gives no tokens and takes none', () => {
    const { clock, limiter } = limiterAt();
    takeMany(limiter, 'garden', 10);
    clock.stepWall(hour);
    expect(limiter.take('garden')).toBe(1);
    clock.stepWall(-2 * hour);
    clock.advance(second);
    expect(limiter.take('garden')).toBe(0);
  });

  it('answers as a bucket of tokens does, with thousands of other devices coming and going', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ wait: fc.nat({ max: 3000 }), others: fc.constantFrom(0, 0, 0, 700) }), {
          maxLength: 60,
          size: 'max',
        }),
        (steps) => {
          const { clock, limiter } = limiterAt();
          const bucket = new NaiveBucket();
          let now = 0;
          let other = 0;
          for (const { wait, others } of steps) {
            now += wait;
            clock.advance(wait * 1000);
            for (let count = 0; count < others; count += 1) {
              other += 1;
              expect(limiter.take(`other-${other}`)).toBe(0);
            }
            expect(limiter.take('garden')).toBe(bucket.take(now));
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('forgets devices whose bucket is full, so that its memory does not grow with all devices ever seen', () => {
    const { clock, limiter } = limiterAt();
    for (let device = 0; device < 20_000; device += 1) {
      limiter.take(`device-${device}`);
      clock.advance(minute);
    }
    expect(limiter.size).toBeLessThanOrEqual(1025);
  });

  it('forgets each of them from the moment at which its bucket is full', () => {
    const { clock, limiter } = limiterAt();
    for (let device = 0; device < 1024; device += 1) {
      limiter.take(`device-${device}`);
      if (device === 511) clock.advance(1);
    }
    clock.advance(second - 1);
    limiter.take('garden');
    expect(limiter.size).toBe(513);
  });

  it('keeps what is not full when it forgets', () => {
    const { limiter } = limiterAt();
    const devices = Array.from({ length: 5000 }, (_, index) => `device-${index}`);
    for (const device of devices) limiter.take(device);
    expect(limiter.size).toBe(5000);
    expect(takeMany(limiter, 'device-0', 10)).toEqual([...Array(9).fill(0), 1]);
  });
});
