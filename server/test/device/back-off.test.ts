import { describe, expect, it } from 'vitest';
import { BackOff, HandshakePace } from '../../src/device/back-off.ts';
import { hour, minute, second } from '../../src/time.ts';

const almostOne = 1 - 2 ** -32;
const waits = (backOff: BackOff, count: number, retryAfter?: number) =>
  Array.from({ length: count }, () => backOff.afterFailure(retryAfter));

describe('back-off', () => {
  it('doubles its bound from 1 s to 1 minute', () => {
    const bounds = [1, 2, 4, 8, 16, 32, 60, 60].map((seconds) => seconds * second - 1);
    expect(waits(new BackOff(() => almostOne), 8)).toEqual(bounds);
  });

  it('has full jitter: any part of the bound, down to none', () => {
    expect(waits(new BackOff(() => 0), 3)).toEqual([0, 0, 0]);
    expect(waits(new BackOff(() => 0.25), 3)).toEqual([0.25 * second, 0.5 * second, second]);
  });

  it('starts afresh after a success', () => {
    const backOff = new BackOff(() => 0.5);
    waits(backOff, 5);
    backOff.afterSuccess();
    expect(waits(backOff, 2)).toEqual([0.5 * second, second]);
  });

  it('honours Retry-After, up to 5 minutes', () => {
    expect(waits(new BackOff(() => almostOne), 1, 7 * second)).toEqual([7 * second]);
    expect(waits(new BackOff(() => almostOne), 1, 5 * minute)).toEqual([5 * minute]);
    expect(waits(new BackOff(() => almostOne), 1, hour)).toEqual([5 * minute]);
  });

  it('waits longer than Retry-After asks when its own wait is longer', () => {
    expect(waits(new BackOff(() => 0.5), 4, second)).toEqual([second, second, 2 * second, 4 * second]);
  });
});

describe('the pace of handshakes', () => {
  it('lets the first begin at once and each other 2 s after the one before', () => {
    const pace = new HandshakePace();
    expect(pace.wait(5 * second)).toBe(0);
    pace.begin(5 * second);
    expect(pace.wait(5 * second)).toBe(2 * second);
    expect(pace.wait(6.5 * second)).toBe(0.5 * second);
    expect(pace.wait(7 * second)).toBe(0);
    expect(pace.wait(hour)).toBe(0);
  });
});
