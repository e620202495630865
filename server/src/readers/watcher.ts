import type { Grant } from '../access/grant.ts';
import { SealpostError } from '../errors.ts';
import type { Arrival } from '../store/store.ts';
import type { Micros } from '../time.ts';

/** Readings that are kept for a watcher while it takes none. */
const greatestBacklog = 4096;

/** One who watches: what waits for it, bounded, and whether it goes on. */
export class Watcher {
  readonly grant: Pick<Grant, 'stillValid'>;
  /** The last arrival that it has been told of. */
  position = 0;
  readonly #deviceId: string | undefined;
  #backlog: Arrival[] = [];
  #readings = 0;
  /** Catching up: what is too much to keep is in the store. */
  #catchesUp = true;
  #tooMuch = false;
  #gone = false;
  #ended: unknown;
  #spokenToAt: Micros;
  #wake: (() => void) | undefined;

  constructor(options: {
    readonly deviceId: string | undefined;
    readonly grant: Pick<Grant, 'stillValid'>;
    readonly now: Micros;
  }) {
    this.grant = options.grant;
    this.#deviceId = options.deviceId;
    this.#spokenToAt = options.now;
  }

  /** Keeps an arrival for it, or ends it when it has taken too little; false for what is not for it. Does not wake it. */
  offer(arrival: Arrival): boolean {
    if (this.#deviceId !== undefined && arrival.deviceId !== this.#deviceId) return false;
    this.#readings += arrival.readings.length;
    if (this.#readings <= greatestBacklog) this.#backlog.push(arrival);
    else if (this.#catchesUp) this.#tooMuch = true;
    else this.end(tooSlow());
    return true;
  }

  /** Everything that has been kept and that it was not told of in another way. */
  take(): readonly Arrival[] {
    const arrivals = this.#backlog.filter(({ arrival }) => arrival > this.position);
    this.#empty();
    return arrivals;
  }

  get hasBacklog(): boolean {
    return this.#backlog.length > 0;
  }

  /** How many readings wait for it. */
  get readings(): number {
    return this.#readings;
  }

  /** What is offered from now on comes after what it reads from the store. */
  beginToListen(): void {
    this.#empty();
    this.#tooMuch = false;
  }

  /** Whether nothing was too much while it caught up; from then on it may not be slow. */
  caughtUp(): boolean {
    this.#catchesUp = this.#tooMuch && !this.#gone;
    return !this.#catchesUp;
  }

  /** False once nobody listens; throws what ended it. */
  stays(): boolean {
    if (this.#ended !== undefined) throw this.#ended;
    return !this.#gone;
  }

  leave(): void {
    this.#gone = true;
    this.wake();
  }

  end(error: unknown): void {
    this.#ended ??= error;
    this.#empty();
    this.wake();
  }

  spokenTo(now: Micros): void {
    this.#spokenToAt = now;
  }

  /** Whether it has heard nothing since. */
  isDue(since: Micros): boolean {
    return this.#spokenToAt <= since;
  }

  wake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  /** Resolves when there may be something to tell it. */
  something(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #empty(): void {
    this.#backlog = [];
    this.#readings = 0;
  }
}

function tooSlow(): SealpostError {
  return new SealpostError('aborted', 'too slow: more has arrived than is kept; watch again from the last cursor', {
    reason: 'slow watcher',
  });
}
