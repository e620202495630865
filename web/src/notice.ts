import { h } from './dom.ts';
import { clockTime, type Milliseconds, second } from './time.ts';
import type { WatchState } from './watch.ts';

/** A connection that is back within this is not worth a word. */
const patience = 1.5 * second;

const stateWords: Readonly<Record<WatchState['kind'], string>> = {
  connecting: 'connecting',
  live: 'live',
  resting: 'resting',
  lost: 'no connection',
  stopped: 'stopped',
};

/** How the connection to the server is: a word in the header, and a sentence when it is bad. */
export class Notice {
  /** In the header. */
  readonly pill = h('span', { class: 'link-state', 'data-state': 'connecting' }, 'connecting');
  readonly #place: HTMLElement;
  readonly #tryNow: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `place` is where the sentence goes, a live region. */
  constructor(place: HTMLElement, tryNow: () => void) {
    this.#place = place;
    this.#tryNow = tryNow;
  }

  readonly show = (state: WatchState): void => {
    this.pill.dataset.state = state.kind;
    this.pill.textContent = stateWords[state.kind];
    if (state.kind === 'lost') {
      this.#timer ??= setTimeout(() => this.#say(state.since), Math.max(0, state.since + patience - Date.now()));
      return;
    }
    if (state.kind === 'connecting') return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#place.replaceChildren();
  };

  #say(since: Milliseconds): void {
    const sentence = navigator.onLine
      ? `The server has not answered since ${clockTime(since)}. Trying again.`
      : `This device is offline since ${clockTime(since)}. It goes on by itself when the network is back.`;
    this.#place.replaceChildren(
      h('p', {}, sentence, ' ', h('button', { type: 'button', class: 'quiet', onclick: this.#tryNow }, 'Try now')),
    );
  }
}
