import { type Micros, minute, second } from '../time.ts';

const longest: Micros = 30 * second;

/** How long to wait before a worker is replaced: not at all the first time, then twice as long each time. */
export class ReplacementBackOff {
  #next: Micros = 0;

  /** The wait after a worker that lived for so long; one that lived for a minute ends the series. */
  after(lived: Micros): Micros {
    const wait = lived >= minute ? 0 : this.#next;
    this.#next = Math.min(Math.max(second, 2 * wait), longest);
    return wait;
  }
}
