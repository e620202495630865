import { Code, ConnectError } from '@connectrpc/connect';
import type { StoredReading } from '#gen/reading_service_pb.js';
import { readings, type Trouble, troubleOf } from './server.ts';
import { type Milliseconds, minute, second } from './time.ts';

export type WatchState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** The tab is hidden: nothing is asked for, so that a browser's few connections are left to others. */
  | { readonly kind: 'resting' }
  | { readonly kind: 'lost'; readonly since: Milliseconds }
  | { readonly kind: 'stopped'; readonly trouble: Exclude<Trouble, 'away'>; readonly error: unknown };

export interface WatchOptions {
  /** Of one device, or of all. */
  readonly deviceId?: string;
  /** Loads everything anew; what arrives meanwhile comes after it. */
  readonly load: (signal: AbortSignal) => Promise<void>;
  readonly onReadings: (readings: readonly StoredReading[]) => void;
  readonly onState: (state: WatchState) => void;
}

/** The server says something every 15 s; after this silence the connection counts as dead. */
const longestSilence = 40 * second;
/** After so long it is cheaper to load everything anew than to hear each reading. */
const longestCatchUp = 5 * minute;
const restAfter = 15 * second;
const [firstWait, longestWait] = [0.4 * second, 15 * second];

/**
 * Hears readings as they arrive for as long as it runs. A connection that breaks is taken up again from the last cursor,
 * after a wait that grows; a hidden tab rests, and catches up when it is looked at.
 */
export class Watch {
  readonly #options: WatchOptions;
  readonly #stop = new AbortController();
  #cursor = '';
  #heardAt: Milliseconds = 0;
  #lostSince: Milliseconds | undefined;
  #failures = 0;
  #told: WatchState['kind'] | undefined;
  /** Ends the connection that there is. */
  #connection = new AbortController();
  /** Ends the wait that there is. */
  #wake: () => void = () => {};
  #restTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** Runs until `stop`. Call it once. */
  async start(): Promise<void> {
    const { signal } = this.#stop;
    document.addEventListener('visibilitychange', this.#onVisibility, { signal });
    addEventListener('online', this.tryNow, { signal });
    addEventListener('pageshow', this.tryNow, { signal });
    this.#tell({ kind: 'connecting' });
    while (!signal.aborted) {
      if (document.hidden && this.#cursor !== '') await this.#rest();
      if (signal.aborted) return;
      try {
        await this.#connect();
        this.#lost();
      } catch (error) {
        if (signal.aborted) return;
        if (!this.#mayGoOn(error)) return;
      }
      if (!document.hidden) await this.#wait();
    }
  }

  stop(): void {
    this.#stop.abort();
    this.#connection.abort();
    clearTimeout(this.#restTimer);
    this.#wake();
  }

  /** Ends a wait, and a connection on which nothing comes any more. */
  readonly tryNow = (): void => {
    this.#failures = 0;
    if (this.#heardAt !== 0 && Date.now() - this.#heardAt > longestSilence) this.#connection.abort();
    this.#wake();
  };

  /** One connection, from its beginning to its end. */
  async #connect(): Promise<void> {
    const connection = new AbortController();
    this.#connection = connection;
    if (Date.now() - this.#heardAt > longestCatchUp) this.#cursor = '';
    let isNew = this.#cursor === '';
    let silence = setTimeout(() => connection.abort(), longestSilence);
    const { deviceId = '', load, onReadings } = this.#options;
    try {
      const stream = readings.watchReadings(
        { deviceId, cursor: this.#cursor },
        { signal: connection.signal, timeoutMs: 0 },
      );
      for await (const message of stream) {
        clearTimeout(silence);
        silence = setTimeout(() => connection.abort(), longestSilence);
        if (isNew) await load(connection.signal);
        isNew = false;
        this.#heardAt = Date.now();
        this.#cursor = message.cursor;
        this.#failures = 0;
        this.#lostSince = undefined;
        this.#tell({ kind: 'live' });
        if (message.readings.length > 0) onReadings(message.readings);
      }
    } finally {
      clearTimeout(silence);
      connection.abort();
    }
  }

  /** Whether to try again; says what happened. */
  #mayGoOn(error: unknown): boolean {
    const trouble = troubleOf(error);
    if (trouble === 'away') {
      if (!document.hidden) this.#lost();
      return true;
    }
    // Another data directory behind the same address: begin anew.
    if (this.#cursor !== '' && error instanceof ConnectError && error.code === Code.InvalidArgument) {
      this.#cursor = '';
      return true;
    }
    this.#tell({ kind: 'stopped', trouble, error });
    return false;
  }

  /** Says each state when it begins. */
  #tell(state: WatchState): void {
    if (state.kind === this.#told) return;
    this.#told = state.kind;
    this.#options.onState(state);
  }

  #lost(): void {
    this.#failures += 1;
    this.#lostSince ??= Date.now();
    this.#tell({ kind: 'lost', since: this.#lostSince });
  }

  /** Half of the wait is chance, so that a hundred tabs don't come back at once. */
  async #wait(): Promise<void> {
    const longest = Math.min(longestWait, firstWait * 2 ** Math.max(0, this.#failures - 1));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, longest * (0.5 + 0.5 * Math.random()));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #rest(): Promise<void> {
    this.#tell({ kind: 'resting' });
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#tell({ kind: 'connecting' });
  }

  readonly #onVisibility = (): void => {
    clearTimeout(this.#restTimer);
    if (document.hidden) this.#restTimer = setTimeout(() => this.#connection.abort(), restAfter);
    else this.tryNow();
  };
}
