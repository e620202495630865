import { beforeEach, describe, expect, it } from 'vitest';
import { ReaderShare } from '../../src/readers/reader-share.ts';
import { TestClock } from '../clock.ts';

let clock: TestClock;
/** How long the others take when it is their turn. */
let othersTake: number;
let turns: number;
let share: ReaderShare;
beforeEach(() => {
  clock = new TestClock();
  othersTake = 0;
  turns = 0;
  share = new ReaderShare({
    clock,
    turn: async () => {
      turns += 1;
      clock.advance(othersTake);
    },
  });
});

/** A reader's work that takes so long. */
const work = (micros: number) => async () => {
  clock.advance(micros);
  return turns;
};

describe("readers' share", () => {
  it('is all there is when nobody else wants anything', async () => {
    expect([await share.step(work(5000)), await share.step(work(5000)), await share.step(work(5000))]).toEqual([
      0, 1, 2,
    ]);
  });

  it('is a fifth when others are busy', async () => {
    othersTake = 1000;
    expect([await share.step(work(2000)), await share.step(work(500)), await share.step(work(0))]).toEqual([0, 8, 10]);
  });

  it('counts no more of a step than a step may take, since the rest went to others', async () => {
    othersTake = 1000;
    await share.step(work(1_000_000));
    expect(await share.step(work(0))).toBe(80);
  });

  it('goes on behind a step that failed, and one step at a time', async () => {
    const held = Promise.withResolvers<void>();
    const order: string[] = [];
    const failing = share.step(async () => {
      await held.promise;
      order.push('first');
      throw new Error('it failed');
    });
    const next = share.step(async () => order.push('second'));
    held.resolve();
    await expect(failing).rejects.toThrow('it failed');
    await next;
    expect(order).toEqual(['first', 'second']);
  });

  it('is refused when too many wait', async () => {
    const held = Promise.withResolvers<void>();
    const running = share.step(() => held.promise);
    await Promise.resolve();
    const waiting = Array.from({ length: 256 }, () => share.step(work(0)));
    await expect(share.step(work(0))).rejects.toMatchObject({ code: 'resource_exhausted', retryAfterSeconds: 1 });
    held.resolve();
    await Promise.all([running, ...waiting]);
    await expect(share.step(work(0))).resolves.toBeGreaterThan(256);
  });

  it('has as many wait as it is told', async () => {
    const narrow = new ReaderShare({ clock, mostWaiting: 1 });
    const held = Promise.withResolvers<void>();
    const running = narrow.step(() => held.promise);
    await expect(narrow.step(work(0))).rejects.toMatchObject({ code: 'resource_exhausted' });
    held.resolve();
    await running;
  });
});
