import type { Arrival, Store } from '../store/store.ts';
import type { ReaderLane } from './reader-share.ts';

export interface ArrivalFeedOptions {
  /** Told of each arrival once, in order. */
  readonly offer: (arrival: Arrival) => void;
  /** Has some of those hear to whom it was offered, and says whether others are left. */
  readonly tell: () => boolean;
  /** The store failed: nothing more comes. */
  readonly fail: (error: unknown) => void;
  /** Where it waits for its turn to read, and to have what it read sent. */
  readonly lane: ReaderLane;
  /** How long it waits before it reads on. */
  readonly rest: () => Promise<unknown>;
}

/** Arrivals that are read from the store at once. */
const mostAtOnce = 64;

/** Reads what arrives from now on, until it is stopped. */
export class ArrivalFeed {
  /** Resolves when everything that arrives from then on will be offered, or when it has failed. */
  readonly begun: Promise<void>;
  readonly #store: Pick<Store, 'lastArrival' | 'arrivalsAfter'>;
  readonly #options: ArrivalFeedOptions;
  readonly #unlisten: () => void;
  #position = 0;
  #mayBeMore = false;
  #allTold = true;
  #news = false;
  #reading = true;
  #stopped = false;

  constructor(store: Pick<Store, 'lastArrival' | 'arrivalsAfter' | 'onArrivals'>, options: ArrivalFeedOptions) {
    this.#store = store;
    this.#options = options;
    this.#unlisten = store.onArrivals(() => {
      this.#news = true;
      if (!this.#reading) void this.#read();
    });
    this.begun = store.lastArrival().then(
      (last) => {
        this.#position = last;
        void this.#read();
      },
      (error) => this.#fail(error),
    );
  }

  /** All up to this arrival has been offered. */
  get position(): number {
    return this.#position;
  }

  stop(): void {
    this.#stopped = true;
    this.#unlisten();
  }

  async #read(): Promise<void> {
    this.#reading = true;
    try {
      while (this.#news && !this.#stopped) {
        this.#news = false;
        while (await this.#options.lane.step(() => this.#step()));
        await this.#options.rest();
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#reading = false;
    }
  }

  /** Has some hear of what was read before, or reads on. Says whether there may be more to do. */
  async #step(): Promise<boolean> {
    if (this.#stopped) return false;
    if (this.#allTold) {
      const arrivals = await this.#store.arrivalsAfter(this.#position, mostAtOnce);
      for (const arrival of arrivals) {
        if (this.#stopped) return false;
        this.#options.offer(arrival);
        this.#position = arrival.arrival;
      }
      this.#mayBeMore = arrivals.length === mostAtOnce;
    }
    this.#allTold = !this.#options.tell();
    return this.#mayBeMore || !this.#allTold;
  }

  #fail(error: unknown): void {
    if (!this.#stopped) this.#options.fail(error);
  }
}
