import { beforeEach, describe, expect, it } from 'vitest';
import { PlaceTokens } from '../../src/readers/place-tokens.ts';
import type { ReaderLane } from '../../src/readers/reader-share.ts';
import { WatchHub, type WatchMessage } from '../../src/readers/watch-hub.ts';
import { second } from '../../src/time.ts';
import { TestClock } from '../clock.ts';
import { MemoryStore, storedReading } from './memory-store.ts';

const tokens = new PlaceTokens(Buffer.alloc(32, 1));
const forEver = { stillValid: async () => true };
let store: MemoryStore;
let clock: TestClock;
let hub: WatchHub;
beforeEach(() => {
  store = new MemoryStore();
  clock = new TestClock();
  hub = hubWith(new CountedLane());
});

/** What is missed is read in one lane, what arrives in the other. */
function hubWith(past: ReaderLane, present = past): WatchHub {
  const lanes = [past, present];
  const share = { lane: () => lanes.shift() ?? present };
  return new WatchHub({ store, clock, tokens, share, maxWatchers: 1000, pause: async () => undefined });
}

/** A lane that does each step at once and counts them. */
class CountedLane implements ReaderLane {
  steps = 0;

  step<Result>(work: () => Promise<Result>): Promise<Result> {
    this.steps += 1;
    return work();
  }
}

/** Someone who watches, and takes one message at a time. */
class Viewer {
  readonly left = new AbortController();
  readonly stream: AsyncGenerator<WatchMessage, void, undefined>;
  cursor: string;

  constructor(cursor = '', deviceId?: string, grant = forEver, of = hub) {
    this.cursor = cursor;
    this.stream = of.watch({ deviceId, cursor }, grant, this.left.signal);
  }

  /** The sequences in the next message, or 'over'. */
  async next(): Promise<readonly number[] | 'over'> {
    const { value } = await this.stream.next();
    if (!value) return 'over';
    this.cursor = value.cursor;
    return value.arrivals.flatMap(({ readings }) => readings.map(({ sequence }) => sequence));
  }

  leave(): void {
    this.left.abort();
  }
}

describe('a watcher', () => {
  it('hears at once where it begins, and then what arrives', async () => {
    store.receive(storedReading(1));
    const viewer = new Viewer();
    expect(await viewer.next()).toEqual([]);
    const message = viewer.next();
    store.receive(storedReading(2), storedReading(3));
    expect(await message).toEqual([2, 3]);
    store.receive(storedReading(4));
    expect(await viewer.next()).toEqual([4]);
  });

  it('goes on from any cursor, with none lost and none twice', async () => {
    const viewer = new Viewer();
    await viewer.next();
    const cursors = [viewer.cursor];
    for (let sequence = 1; sequence <= 200; sequence += 1) {
      store.receive(storedReading(sequence));
      expect(await viewer.next()).toEqual([sequence]);
      cursors.push(viewer.cursor);
    }
    for (const from of [0, 1, 100, 199, 200]) {
      const resumed = new Viewer(cursors[from]);
      expect(await resumed.next()).toEqual([]);
      const heard: number[] = [];
      while (heard.length < 200 - from) heard.push(...((await resumed.next()) as number[]));
      expect(heard).toEqual(Array.from({ length: 200 - from }, (_, index) => from + index + 1));
      resumed.leave();
    }
  });

  it('misses nothing that arrives while it catches up', async () => {
    for (let sequence = 1; sequence <= 130; sequence += 1) store.receive(storedReading(sequence));
    const beginning = new Viewer();
    const place = Buffer.alloc(8);
    const viewer = new Viewer(tokens.write('watch', place));
    await Promise.all([beginning.next(), viewer.next()]);
    const heard: number[] = [];
    for (let sequence = 131; sequence <= 200; sequence += 1) {
      if (heard.length < sequence - 1) heard.push(...((await viewer.next()) as number[]));
      store.receive(storedReading(sequence));
    }
    while (heard.length < 200) heard.push(...((await viewer.next()) as number[]));
    expect(heard).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
  });

  it('catches up in steps of one lane, and hears what arrives in steps of another', async () => {
    const [past, present] = [new CountedLane(), new CountedLane()];
    const counted = hubWith(past, present);
    for (let sequence = 1; sequence <= 130; sequence += 1) store.receive(storedReading(sequence));
    const viewer = new Viewer(tokens.write('watch', Buffer.alloc(8)), undefined, forEver, counted);
    await viewer.next();
    for (const heard of [64, 64, 2]) expect(await viewer.next()).toHaveLength(heard);
    expect([past.steps, present.steps]).toEqual([3, 0]);
    const message = viewer.next();
    await new Promise(setImmediate);
    store.receive(storedReading(131));
    expect(await message).toEqual([131]);
    expect([past.steps, present.steps]).toEqual([3, 1]);
  });

  it('that takes a message late has what came meanwhile sent in a step of its own', async () => {
    const present = new CountedLane();
    const viewer = new Viewer('', undefined, forEver, hubWith(new CountedLane(), present));
    await viewer.next();
    const message = viewer.next();
    await new Promise(setImmediate);
    store.receive(storedReading(1));
    expect(await message).toEqual([1]);
    store.receive(storedReading(2));
    await new Promise(setImmediate);
    expect(present.steps).toBe(2);
    expect(await viewer.next()).toEqual([2]);
    expect(present.steps).toBe(3);
  });

  it('that leaves while it waits for its turn to catch up costs the store nothing', async () => {
    const turn = Promise.withResolvers<void>();
    store.receive(storedReading(1));
    const waiting = hubWith({ step: (work) => turn.promise.then(work) });
    const viewer = new Viewer(tokens.write('watch', Buffer.alloc(8)), undefined, forEver, waiting);
    await viewer.next();
    const message = viewer.next();
    await new Promise(setImmediate);
    viewer.leave();
    turn.resolve();
    expect(await message).toBe('over');
    expect(store.reads).toBe(0);
  });

  it('that leaves before what arrived was read costs the store nothing either', async () => {
    const turn = Promise.withResolvers<void>();
    const viewer = new Viewer('', undefined, forEver, hubWith({ step: (work) => turn.promise.then(work) }));
    await viewer.next();
    const message = viewer.next();
    await new Promise(setImmediate);
    store.receive(storedReading(1));
    viewer.leave();
    expect(await message).toBe('over');
    turn.resolve();
    await new Promise(setImmediate);
    expect(store.reads).toBe(0);
  });

  it('hears much in steps, each of some of it', async () => {
    const present = new CountedLane();
    const viewer = new Viewer('', undefined, forEver, hubWith(new CountedLane(), present));
    await viewer.next();
    const heard = viewer.next();
    await new Promise(setImmediate);
    for (let sequence = 1; sequence <= 200; sequence += 1) store.receive(storedReading(sequence));
    await new Promise(setImmediate);
    // The first, which was read as soon as it came; then 64 three times, and the last 7.
    expect([store.reads, present.steps]).toEqual([5, 5]);
    const all = [...((await heard) as number[])];
    while (all.length < 200) all.push(...((await viewer.next()) as number[]));
    expect(all).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
  });

  it('may catch up slowly while more arrives than is kept', async () => {
    store.receive(storedReading(1));
    const viewer = new Viewer(tokens.write('watch', Buffer.alloc(8)));
    expect(await viewer.next()).toEqual([]);
    expect(await viewer.next()).toEqual([1]);
    for (let batch = 0; batch < 100; batch += 1) {
      store.receive(...Array.from({ length: 64 }, (_, index) => storedReading(2 + batch * 64 + index)));
    }
    const heard: number[] = [];
    while (heard.length < 6400) heard.push(...((await viewer.next()) as number[]));
    expect(heard).toEqual(Array.from({ length: 6400 }, (_, index) => index + 2));
  });

  it('hears of its device only, and of all without one', async () => {
    const [one, all] = [new Viewer('', 'attic'), new Viewer()];
    await Promise.all([one.next(), all.next()]);
    const [ofOne, ofAll] = [one.next(), all.next()];
    store.receive(storedReading(1));
    expect(await ofAll).toEqual([1]);
    store.receive(storedReading(2, { deviceId: 'attic' }));
    expect(await ofOne).toEqual([2]);
    expect(await all.next()).toEqual([2]);
  });

  it('hears that nothing has arrived after 15 s, with a cursor behind what was not for it', async () => {
    const viewer = new Viewer('', 'attic');
    await viewer.next();
    const before = viewer.cursor;
    const message = viewer.next();
    store.receive(storedReading(1));
    await new Promise(setImmediate);
    clock.advance(14 * second);
    await hub.upkeep();
    clock.advance(second);
    await hub.upkeep();
    expect(await message).toEqual([]);
    expect(viewer.cursor).not.toBe(before);
    const resumed = new Viewer(viewer.cursor);
    await resumed.next();
    const next = resumed.next();
    store.receive(storedReading(2));
    expect(await next).toEqual([2]);
  });

  it('that is slow is told so, and goes on from its last cursor', async () => {
    const viewer = new Viewer();
    await viewer.next();
    const first = viewer.next();
    // It has caught up when it waits.
    await new Promise(setImmediate);
    store.receive(storedReading(1));
    expect(await first).toEqual([1]);
    for (let batch = 0; batch < 65; batch += 1) {
      store.receive(...Array.from({ length: 64 }, (_, index) => storedReading(2 + batch * 64 + index)));
      await new Promise(setImmediate);
    }
    await expect(viewer.next()).rejects.toMatchObject({
      code: 'aborted',
      message: 'too slow: more has arrived than is kept; watch again from the last cursor',
    });
    expect(hub.watchers).toBe(0);
    const resumed = new Viewer(viewer.cursor);
    const heard: number[] = [];
    while (heard.length < 65 * 64) heard.push(...((await resumed.next()) as number[]));
    expect(heard).toEqual(Array.from({ length: 65 * 64 }, (_, index) => index + 2));
  });

  it.each([
    ['forged', () => Buffer.alloc(24).toString('base64url')],
    ['malformed', () => '%00'],
    ['endless', () => 'A'.repeat(100_000)],
    ['of the future', () => tokens.write('watch', Buffer.from('4024000000000000', 'hex'))],
    ['a page token', () => tokens.write('readings', Buffer.alloc(8))],
  ])('is refused with a cursor that is %s', async (_, cursor) => {
    await expect(new Viewer(cursor()).next()).rejects.toMatchObject({
      code: 'invalid_argument',
      message: 'cursor: expected one that this stream gave, or none to begin from now',
    });
    expect(hub.watchers).toBe(0);
  });

  it('is ended when its grant is', async () => {
    let valid = true;
    const viewer = new Viewer('', undefined, { stillValid: async () => valid });
    await viewer.next();
    const message = viewer.next();
    await hub.upkeep();
    valid = false;
    await hub.upkeep();
    await expect(message).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('is ended when nobody can tell whether its grant holds', async () => {
    let asked = 0;
    const stillValid = async () => {
      asked += 1;
      if (asked === 1) throw new Error('no disk');
      return true;
    };
    const [first, second] = [new Viewer('', undefined, { stillValid }), new Viewer('', undefined, { stillValid })];
    await Promise.all([first.next(), second.next()]);
    const ended = expect(first.next()).rejects.toThrow('no disk');
    await hub.upkeep();
    await ended;
    const message = second.next();
    store.receive(storedReading(1));
    expect(await message).toEqual([1]);
  });

  it('is told when the store fails, and when the server stops', async () => {
    const viewer = new Viewer();
    await viewer.next();
    const message = viewer.next();
    await new Promise(setImmediate);
    const { arrivalsAfter } = store;
    store.arrivalsAfter = async () => {
      throw new Error('no disk');
    };
    store.receive(storedReading(1));
    await expect(message).rejects.toThrow('no disk');
    store.arrivalsAfter = arrivalsAfter;

    const another = new Viewer(viewer.cursor);
    await another.next();
    expect(await another.next()).toEqual([1]);
    const last = another.next();
    hub.close();
    await expect(last).rejects.toMatchObject({ code: 'unavailable' });
    await expect(new Viewer().next()).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('a store that fails when somebody begins to listen', () => {
  it('ends those who watch, and nobody who comes later', async () => {
    const [first, second] = [new Viewer(), new Viewer()];
    await Promise.all([first.next(), second.next()]);
    const { lastArrival } = store;
    store.lastArrival = () => Promise.reject(new Error('no disk'));
    await expect(first.next()).rejects.toThrow('no disk');
    store.lastArrival = lastArrival;
    const later = new Viewer();
    await later.next();
    const message = later.next();
    await new Promise(setImmediate);
    store.receive(storedReading(1));
    expect(await message).toEqual([1]);
    await expect(second.next()).rejects.toThrow('no disk');
  });
});

describe.each(['to read what it missed', 'to take what it was late for'])(
  'a watcher whose turn does not come %s',
  (what) => {
    let viewer: Viewer;
    let message: ReturnType<Viewer['next']>;
    let valid: boolean;
    beforeEach(async () => {
      let turn = Promise.resolve();
      hub = hubWith({ step: (work) => turn.then(work) });
      valid = true;
      viewer = new Viewer('', undefined, { stillValid: async () => valid });
      await viewer.next();
      store.receive(storedReading(1));
      if (what === 'to take what it was late for') {
        expect(await viewer.next()).toEqual([1]);
        const second = viewer.next();
        await new Promise(setImmediate);
        store.receive(storedReading(2));
        expect(await second).toEqual([2]);
        store.receive(storedReading(3));
        await new Promise(setImmediate);
      }
      turn = new Promise(() => {});
      message = viewer.next();
      await new Promise(setImmediate);
    });

    it('hears every 15 s that the stream goes on, from where it was', async () => {
      const before = viewer.cursor;
      for (let time = 0; time < 2; time += 1) {
        clock.advance(15 * second);
        await hub.upkeep();
        expect(await message).toEqual([]);
        expect(viewer.cursor).toBe(before);
        message = viewer.next();
      }
    });

    it('is ended at once when its grant is', async () => {
      valid = false;
      await hub.upkeep();
      await expect(message).rejects.toMatchObject({ code: 'unauthenticated' });
    });

    it('is ended at once when the server stops', async () => {
      hub.close();
      await expect(message).rejects.toMatchObject({ code: 'unavailable' });
    });

    it('may leave at once', async () => {
      viewer.leave();
      expect(await message).toBe('over');
    });
  },
);

describe('who leaves before anything has come', () => {
  it('leaves nothing behind either', async () => {
    const gone = new Viewer();
    gone.leave();
    expect(await gone.next()).toBe('over');
    const going = new Viewer();
    expect(await going.next()).toEqual([]);
    going.leave();
    expect(hub.watchers).toBe(0);
    expect(await going.next()).toBe('over');
    expect(store.listeners.size).toBe(0);
  });
});

describe('a thousand watchers', () => {
  it('hear what has arrived some at a time, with turns for others between', async () => {
    const turns: (() => void)[] = [];
    const present: ReaderLane = {
      step: (work) => new Promise<void>((resolve) => turns.push(resolve)).then(work),
    };
    hub = hubWith(new CountedLane(), present);
    const viewers = Array.from({ length: 1000 }, () => new Viewer());
    await Promise.all(viewers.map((viewer) => viewer.next()));
    let heard = 0;
    const messages = viewers.map(async (viewer) => {
      const message = await viewer.next();
      heard += 1;
      return message;
    });
    await new Promise(setImmediate);
    store.receive(...Array.from({ length: 48 }, (_, index) => storedReading(1 + index)));
    const heardAfterTurns: number[] = [];
    while (turns.length > 0) {
      turns.shift()?.();
      await new Promise(setImmediate);
      heardAfterTurns.push(heard);
    }
    expect(heardAfterTurns).toEqual(Array.from({ length: 63 }, (_, turn) => Math.min(1000, 16 * (1 + turn))));
    const all = Array.from({ length: 48 }, (_, index) => 1 + index);
    for (const message of await Promise.all(messages)) expect(message).toEqual(all);
    expect(store.reads).toBe(1);
  });

  it('hear the same from one reader of the store, and leave nothing behind', async () => {
    const viewers = Array.from({ length: 1000 }, () => new Viewer());
    await Promise.all(viewers.map((viewer) => viewer.next()));
    await expect(new Viewer().next()).rejects.toMatchObject({ code: 'resource_exhausted', retryAfterSeconds: 60 });
    const messages = viewers.map((viewer) => viewer.next());
    await new Promise(setImmediate);
    const readsBefore = store.reads;
    store.receive(storedReading(1));
    expect(new Set((await Promise.all(messages)).flat())).toEqual(new Set([1]));
    expect(store.reads - readsBefore).toBe(1);
    expect(hub.watchers).toBe(1000);

    // Nobody takes the next message: to leave is enough.
    for (const viewer of viewers) viewer.leave();
    expect(hub.watchers).toBe(0);
    expect(new Set(await Promise.all(viewers.map((viewer) => viewer.next())))).toEqual(new Set(['over']));
    expect(hub.watchers).toBe(0);
    expect(store.listeners.size).toBe(0);
  });
});
