import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import type { Grant } from '../access/grant.ts';
import { invalidField, SealpostError } from '../errors.ts';
import type { Arrival, Store } from '../store/store.ts';
import { type Clock, type Micros, second } from '../time.ts';
import { ArrivalFeed } from './arrival-feed.ts';
import type { PlaceTokens } from './place-tokens.ts';
import type { ReaderLane, ReaderShare } from './reader-share.ts';
import { Watcher } from './watcher.ts';

/** What has arrived, and where to go on from after it. */
export interface WatchMessage {
  readonly arrivals: readonly Arrival[];
  readonly cursor: string;
}

export interface WatchHubOptions {
  readonly store: Pick<Store, 'lastArrival' | 'arrivalsAfter' | 'onArrivals'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly tokens: PlaceTokens;
  readonly maxWatchers?: number;
  readonly share: Pick<ReaderShare, 'lane'>;
  /** Waits for so many milliseconds. */
  readonly pause?: (milliseconds: number) => Promise<unknown>;
}

export interface WatchQuestion {
  /** Of this device; undefined for all. */
  readonly deviceId: string | undefined;
  /** Empty for from now on. */
  readonly cursor: string;
}

const question = 'watch';
/** Arrivals that are read from the store at once, and watchers that are looked after. */
const step = 64;
/** A watcher hears something at least this often. */
const keepAliveInterval: Micros = 15 * second;
/** Readings that go out in one step to all who watch together; a message costs as much as some of them. */
const greatestTold = 1024;
const messageCosts = 16;
/** With many watchers, so many messages a second in all. */
const greatestMessagesPerSecond = 5000;

/**
 * Tells watchers what arrives. What was missed is read from the store in small steps, each when the watcher has taken the
 * one before; then one reader of arrivals, for the whole process, hands out what comes to all of them.
 */
export class WatchHub {
  readonly #options: WatchHubOptions;
  readonly #maxWatchers: number;
  /** For what those who catch up read from the store. */
  readonly #past: ReaderLane;
  /** For what arrives, and for those who take it late. */
  readonly #present: ReaderLane;
  readonly #pause: (milliseconds: number) => Promise<unknown>;
  readonly #watchers = new Set<Watcher>();
  #feed: ArrivalFeed | undefined;
  #lastCursor: { readonly position: number; readonly text: string } | undefined;
  #closed = false;

  constructor(options: WatchHubOptions) {
    const { maxWatchers = 2000, share } = options;
    this.#options = options;
    this.#maxWatchers = maxWatchers;
    this.#past = share.lane(maxWatchers);
    this.#present = share.lane(maxWatchers + 1);
    this.#pause = options.pause ?? ((milliseconds) => wait(milliseconds));
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  /**
   * What arrives from the cursor on, until `signal` says that nobody listens. The first message comes at once and says
   * where the stream begins. Throws `invalid_argument` for a cursor that is not of this store, `resource_exhausted` when
   * too many watch, `aborted` when this one is too slow, `unauthenticated` when its grant has ended, `unavailable` when the
   * server stops.
   */
  async *watch(
    { deviceId, cursor }: WatchQuestion,
    grant: Pick<Grant, 'stillValid'>,
    signal: AbortSignal,
  ): AsyncGenerator<WatchMessage, void, undefined> {
    const { store, clock } = this.#options;
    if (signal.aborted) return;
    if (this.#closed) throw serverStops();
    if (this.#watchers.size >= this.#maxWatchers) throw tooManyWatchers();
    const watcher = new Watcher({ deviceId, grant, now: clock.monotonic() });
    // At once: what waits for a connection to take a message may not hear that it has ended.
    const leave = () => {
      watcher.leave();
      this.#forget(watcher);
    };
    signal.addEventListener('abort', leave);
    this.#watchers.add(watcher);
    try {
      const last = await store.lastArrival();
      watcher.position = cursor === '' ? last : this.#position(cursor, last);
      yield this.#message(watcher, []);
      do {
        if (!watcher.stays()) return;
        watcher.beginToListen();
        await this.#listen();
        while (watcher.position < (await store.lastArrival())) {
          const read = async () => (watcher.stays() ? store.arrivalsAfter(watcher.position, step, deviceId) : []);
          const arrivals = yield* this.#inTurn(watcher, this.#past, read);
          if (!arrivals?.length || !watcher.stays()) break;
          yield this.#message(watcher, arrivals);
        }
        // While it caught up, more has come than is kept for it: that is in the store.
      } while (!watcher.caughtUp());
      while (watcher.stays()) {
        // What came while it took the message before goes out in a step of its own: who takes it late pays for it, too.
        if (watcher.hasBacklog) yield* this.#inTurn(watcher, this.#present, async () => {});
        else await watcher.something();
        if (!watcher.stays()) return;
        const arrivals = watcher.take();
        if (arrivals.length > 0) yield this.#message(watcher, arrivals);
        else if (watcher.isDue(clock.monotonic() - keepAliveInterval)) {
          // All up to there was offered to it.
          watcher.position = Math.max(watcher.position, this.#feed?.position ?? 0);
          yield this.#message(watcher, []);
        }
      }
    } finally {
      signal.removeEventListener('abort', leave);
      this.#forget(watcher);
    }
  }

  /** Keeps connections alive and ends what may no longer go on. Whoever runs the server calls it once a second. */
  async upkeep(): Promise<void> {
    const due = this.#options.clock.monotonic() - keepAliveInterval;
    for (const [index, watcher] of [...this.#watchers].entries()) {
      // Each may take a look into the store.
      if (index % step === step - 1) await nextTurn();
      try {
        if (!(await watcher.grant.stillValid())) watcher.end(tokenEnded());
        else if (watcher.isDue(due)) watcher.wake();
      } catch (error) {
        // What can't be looked up does not count.
        watcher.end(error);
      }
    }
  }

  /** Ends all watchers, for good. */
  close(): void {
    this.#closed = true;
    for (const watcher of this.#watchers) watcher.end(serverStops());
  }

  /**
   * What a step gives when its turn has come, which may be late: until then the connection is kept alive, and who leaves
   * or is ended does not wait for it.
   */
  async *#inTurn<Result>(
    watcher: Watcher,
    lane: ReaderLane,
    work: () => Promise<Result>,
  ): AsyncGenerator<WatchMessage, Result | undefined, undefined> {
    const step = lane.step(work);
    let isOver = false;
    const over = () => {
      isOver = true;
      watcher.wake();
    };
    step.then(over, over);
    while (!isOver && watcher.stays()) {
      if (watcher.isDue(this.#options.clock.monotonic() - keepAliveInterval)) yield this.#message(watcher, []);
      else await watcher.something();
    }
    return isOver ? step : undefined;
  }

  #message(watcher: Watcher, arrivals: readonly Arrival[]): WatchMessage {
    watcher.position = arrivals.at(-1)?.arrival ?? watcher.position;
    watcher.spokenTo(this.#options.clock.monotonic());
    return { arrivals, cursor: this.#cursorOf(watcher.position) };
  }

  #cursorOf(position: number): string {
    // Those who watch the same are mostly at the same place.
    if (this.#lastCursor?.position !== position) {
      const place = Buffer.alloc(8);
      place.writeDoubleBE(position);
      this.#lastCursor = { position, text: this.#options.tokens.write(question, place) };
    }
    return this.#lastCursor.text;
  }

  #position(cursor: string, last: number): number {
    const place = this.#options.tokens.read(question, cursor);
    const position = place?.length === 8 ? place.readDoubleBE(0) : Number.NaN;
    // A cursor of the future is of a store that has since been put back to an earlier day.
    if (!(position <= last)) throw invalidField('cursor', 'one that this stream gave, or none to begin from now');
    return position;
  }

  /** Resolves when everything that arrives from now on is offered to each watcher. */
  #listen(): Promise<void> {
    this.#feed ??= this.#newFeed();
    return this.#feed.begun;
  }

  #forget(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    if (this.#watchers.size === 0) this.#hush();
  }

  #hush(): void {
    this.#feed?.stop();
    this.#feed = undefined;
  }

  #newFeed(): ArrivalFeed {
    const untold = new Set<Watcher>();
    return new ArrivalFeed(this.#options.store, {
      offer: (arrival) => {
        for (const watcher of this.#watchers) if (watcher.offer(arrival)) untold.add(watcher);
      },
      tell: () => {
        let told = 0;
        for (const watcher of untold) {
          untold.delete(watcher);
          told += messageCosts + watcher.readings;
          watcher.wake();
          if (told >= greatestTold) break;
        }
        return untold.size > 0;
      },
      fail: (error) => {
        for (const watcher of this.#watchers) watcher.end(error);
        this.#hush();
      },
      lane: this.#present,
      // What comes meanwhile goes out in one message.
      rest: () => this.#pause((1000 * this.#watchers.size) / greatestMessagesPerSecond),
    });
  }
}

function serverStops(): SealpostError {
  return new SealpostError('unavailable', 'the server stops: watch again in a moment, from the last cursor', {
    routine: true,
  });
}

function tokenEnded(): SealpostError {
  return new SealpostError('unauthenticated', 'the token or login behind this stream has ended: show another', {
    reason: 'token or login ended while it watched',
  });
}

function tooManyWatchers(): SealpostError {
  return new SealpostError('resource_exhausted', 'too many watch already: try again in a minute', {
    reason: 'too many watchers',
    retryAfterSeconds: 60,
  });
}
