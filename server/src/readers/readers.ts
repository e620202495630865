import type { Store } from '../store/store.ts';
import type { Clock } from '../time.ts';
import { PlaceTokens } from './place-tokens.ts';
import { ReaderShare } from './reader-share.ts';
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
  readonly share: ReaderShare;
  readonly hub: WatchHub;
}

export function readers(store: ReadableStore, clock: Pick<Clock, 'monotonic'>): Readers {
  const tokens = new PlaceTokens(store.deriveKey('places in answers'));
  return { store, tokens, share: new ReaderShare({ clock }), hub: new WatchHub({ store, clock, tokens }) };
}
