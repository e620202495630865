import type { Store } from '../store/store.ts';
import type { Clock } from '../time.ts';
import { PlaceTokens } from './place-tokens.ts';
import { type ReaderLane, ReaderShare } from './reader-share.ts';
import { WatchHub } from './watch-hub.ts';

/** What of the store readers need. */
export type ReadableStore = Pick<
  Store,
  | 'listDevices'
  | 'describeDevice'
  | 'latestReading'
  | 'listReadings'
  | 'readingColumns'
  | 'lastArrival'
  | 'arrivalsAfter'
  | 'onArrivals'
  | 'clockSamples'
  | 'deriveKey'
>;

/** What answers readers, made once and shared by all of their routes. */
export interface Readers {
  readonly store: ReadableStore;
  readonly tokens: PlaceTokens;
  /** For what is asked once. */
  readonly lane: ReaderLane;
  readonly hub: WatchHub;
}

/** `deviceCalls`: how many have been answered so far. */
export function readers(store: ReadableStore, clock: Pick<Clock, 'monotonic'>, deviceCalls: () => number): Readers {
  const tokens = new PlaceTokens(store.deriveKey('places in answers'));
  const share = new ReaderShare({ clock, deviceCalls });
  return { store, tokens, lane: share.lane(), hub: new WatchHub({ store, clock, tokens, share }) };
}
