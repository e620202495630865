import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Arrival, Store } from '../store/store.ts';

export interface ArrivalFeedOptions {
  /** Told of each arrival once, in order. */
  readonly offer: (arrival: Arrival) => void;
  /** The store failed: nothing more comes. */
  readonly fail: (error: unknown) => void;
  /** How long it waits before it reads on. */
  readonly rest: () => Promise<unknown>;
}

/** Arrivals that are read from the store at once. */
const step = 64;

/** Reads what arrives from now on, until it is stopped. */
export class ArrivalFeed {
  /** Resolves when everything that arrives from then on will be offered. */
  readonly begun: Promise<void>;
  readonly #store: Pick<Store, 'lastArrival' | 'arrivalsAfter'>;
  readonly #options: ArrivalFeedOptions;
  readonly #unlisten: () => void;
  #position = 0;
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
    this.begun = store.lastArrival().then((last) => {
      this.#position = last;
      void this.#read();
    });
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
        await this.#readAll();
        await this.#options.rest();
      }
    } catch (error) {
      if (!this.#stopped) this.#options.fail(error);
    } finally {
      this.#reading = false;
    }
  }

  async #readAll(): Promise<void> {
    for (;;) {
      const arrivals = await this.#store.arrivalsAfter(this.#position, step);
      for (const arrival of arrivals) {
        if (this.#stopped) return;
        this.#options.offer(arrival);
        this.#position = arrival.arrival;
      }
      if (arrivals.length < step) return;
      // Other processes may write for as long as this one reads.
      await nextTurn();
    }
  }
}
