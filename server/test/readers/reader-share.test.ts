import { beforeEach, describe, expect, it } from 'vitest';
import { type ReaderLane, ReaderShare } from '../../src/readers/reader-share.ts';
import { TestClock } from '../clock.ts';

let clock: TestClock;
let busy: number;
let calls: number;
let pauses: number[];
let share: ReaderShare;
let lane: ReaderLane;
beforeEach(() => {
  clock = new TestClock();
  busy = 0;
  calls = 0;
  pauses = [];
  share = new ReaderShare({
    clock,
    deviceCalls: () => calls,
    busy: () => busy,
    pause: async (milliseconds) => {
      pauses.push(milliseconds);
      clock.advance(milliseconds * 1000);
    },
  });
  lane = share.lane();
});

function take(micros: number): void {
  clock.advance(micros);
  busy += micros;
}

/** A reader's work that takes so long. */
const work = (micros: number) => async () => take(micros);

/** A tenth of a second in which devices take so much of the process. */
function devicesTake(part: number): void {
  calls += 1;
  take(part * 100_000);
  clock.advance((1 - part) * 100_000);
}

/** How long was rested, once all rests are over: they come behind the steps' answers. */
async function steps(...lengths: readonly number[]): Promise<readonly number[]> {
  for (const length of [...lengths, 0]) await lane.step(work(length));
  for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
  return pauses;
}

describe("readers' share", () => {
  it('is all there is when no device calls, whatever else keeps the process busy', async () => {
    take(100_000);
    expect(await steps(5000, 5000, 5000)).toEqual([]);
  });

  it('is a sixteenth when devices leave nothing', async () => {
    devicesTake(0.9);
    expect(await steps(2000)).toEqual([30]);
    devicesTake(0.9);
    expect(await steps(500)).toEqual([30, 8]);
  });

  it('is what devices leave, less room for half as many again', async () => {
    devicesTake(0.4);
    // 40 of 101 ms: a share of 0.406, and 1.46 times as long a rest.
    expect(await steps(1000)).toEqual([2]);
  });

  it('adds short rests up until they are worth a timer', async () => {
    devicesTake(0.2);
    expect(await steps(500)).toEqual([]);
    expect(await steps(500, 500, 500, 500)).toEqual([2]);
  });

  it('grows again when devices have stopped', async () => {
    devicesTake(0.9);
    expect(await steps(2000)).toEqual([30]);
    clock.advance(100_000);
    expect(await steps(2000, 2000)).toEqual([30]);
  });

  it('counts what follows from a step at once, such as that its answer is encoded', async () => {
    devicesTake(0.9);
    void lane.step(work(1000)).then(() => {
      take(500);
      process.nextTick(() => take(500));
    });
    expect(await steps()).toEqual([30]);
  });

  it('goes on behind a step that failed, and one step at a time', async () => {
    const held = Promise.withResolvers<void>();
    const order: string[] = [];
    const failing = lane.step(async () => {
      await held.promise;
      order.push('first');
      throw new Error('it failed');
    });
    const next = lane.step(async () => order.push('second'));
    held.resolve();
    await expect(failing).rejects.toThrow('it failed');
    await next;
    expect(order).toEqual(['first', 'second']);
  });

  it('goes from lane to lane, in each to who came first', async () => {
    const order: string[] = [];
    const other = share.lane();
    const step = (of: ReaderLane, name: string) => of.step(async () => order.push(name));
    await Promise.all([step(lane, 'a1'), step(lane, 'a2'), step(lane, 'a3'), step(other, 'b1'), step(other, 'b2')]);
    expect(order).toEqual(['a1', 'b1', 'a2', 'b2', 'a3']);
  });

  it('is refused when too many wait in a lane', async () => {
    const held = Promise.withResolvers<void>();
    const running = lane.step(() => held.promise);
    const waiting = Array.from({ length: 256 }, () => lane.step(work(0)));
    await expect(lane.step(work(0))).rejects.toMatchObject({ code: 'resource_exhausted', retryAfterSeconds: 1 });
    const other = share.lane(1).step(work(0));
    held.resolve();
    await Promise.all([running, ...waiting, other]);
    await lane.step(work(0));
  });
});
