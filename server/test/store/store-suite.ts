import { afterEach, beforeEach, describe } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { accessSuite } from './suite/access.ts';
import { contactSuite } from './suite/contacts.ts';
import { deviceSuite } from './suite/devices.ts';
import { generationSuite } from './suite/generations.ts';
import { latestSuite } from './suite/latest.ts';
import { readingSuite } from './suite/readings.ts';
import { timeSuite } from './suite/times.ts';

export interface OpenOptions {
  readonly maxQueuedAppends?: number;
  readonly onFault?: (error: unknown) => void;
}

/** One place where a store keeps its things; empty at first. */
export interface StorePlace {
  /** Opens it; several may be open at a time, as a server and its commands are. */
  open(options?: OpenOptions): Promise<Store>;
  /** Closes what is open and removes all. */
  dispose(): Promise<void>;
}

export interface Subject {
  readonly store: Store;
  open(options?: OpenOptions): Promise<Store>;
  /** Closes the store and opens it again. */
  reopen(): Promise<Store>;
}

/** What every store must do, whatever it keeps things in. */
export function storeSuite(name: string, makePlace: () => Promise<StorePlace>): void {
  describe(name, () => {
    let place: StorePlace;
    let store: Store;

    beforeEach(async () => {
      place = await makePlace();
      store = await place.open();
    });
    afterEach(() => place.dispose());

    const subject: Subject = {
      get store() {
        return store;
      },
      open: (options) => place.open(options),
      async reopen() {
        await store.close();
        store = await place.open();
        return store;
      },
    };

    deviceSuite(subject);
    generationSuite(subject);
    contactSuite(subject);
    readingSuite(subject);
    timeSuite(subject);
    latestSuite(subject);
    accessSuite(subject);
  });
}
