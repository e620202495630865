import type { Session } from './session.ts';
import type { WatchState } from './watch.ts';

/** What a page may ask of the frame around it. */
export interface Frame {
  readonly session: Session;
  /** Shows how the connection is. */
  readonly showState: (state: WatchState) => void;
  /** Has a screen reader say it, when nothing else is being said. */
  readonly announce: (sentence: string) => void;
}

/** What fills the frame, until the address changes. */
export interface Page {
  readonly title: string;
  readonly element: HTMLElement;
  /** Begins to load and to listen. */
  start(): void;
  stop(): void;
}
