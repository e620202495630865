import { type Clock, type Micros, second } from '../time.ts';

const interval: Micros = second;
const burst = 10;

/**
 * A token bucket a device: one handshake a second, ten in a burst (docs/protocol-v1.md, section 4). A bucket is one
 * number, the moment at which it is full again, so a bucket that is full needs no memory.
 */
export class HandshakeLimiter {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #fullAt = new Map<string, Micros>();
  #prunedSize = 1024;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Buckets in memory. */
  get size(): number {
    return this.#fullAt.size;
  }

  /** Takes a token: 0 when there was one, else the whole seconds until there is. */
  take(deviceId: string): number {
    const now = this.#clock.monotonic();
    const fullAt = Math.max(this.#fullAt.get(deviceId) ?? now, now);
    const wait = fullAt - now - (burst - 1) * interval;
    if (wait > 0) return Math.ceil(wait / second);
    this.#fullAt.set(deviceId, fullAt + interval);
    if (this.#fullAt.size > this.#prunedSize) this.#prune(now);
    return 0;
  }

  #prune(now: Micros): void {
    for (const [deviceId, fullAt] of this.#fullAt) if (fullAt <= now) this.#fullAt.delete(deviceId);
    this.#prunedSize = Math.max(1024, this.#fullAt.size * 2);
  }
}
