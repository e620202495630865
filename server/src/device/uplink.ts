import type { RecordMethod } from '../crypto/record.ts';
import type { Micros } from '../time.ts';
import { BackOff, HandshakePace } from './back-off.ts';
import type { DeviceClient } from './client.ts';
import { DeviceError } from './device-error.ts';
import type { Scheduler } from './scheduler.ts';

export interface UplinkOptions {
  readonly client: Pick<DeviceClient, 'hasSession'>;
  /** Makes a session with that client. */
  readonly shakeHands: (signal: AbortSignal) => Promise<void>;
  readonly scheduler: Scheduler;
  readonly monotonic: () => Micros;
  /** From 0 up to, but not, 1: for the jitter. */
  readonly random: () => number;
  /** Told of each failure, before the wait that it costs. */
  readonly onFailure: (error: DeviceError, wait: Micros) => void;
}

/**
 * What stands between a device's work and its calls: a session when there is none, and the waits that errors cost
 * (docs/protocol-v1.md, section 9). One attempt at a time.
 */
export class Uplink {
  readonly #options: UplinkOptions;
  readonly #backOffs: Readonly<Record<'KeyExchange' | RecordMethod, BackOff>>;
  readonly #pace = new HandshakePace();
  #sessionRefused = false;

  constructor(options: UplinkOptions) {
    this.#options = options;
    const { random } = options;
    this.#backOffs = {
      KeyExchange: new BackOff(random),
      SensorUpload: new BackOff(random),
      TimeSync: new BackOff(random),
    };
  }

  /**
   * Tries `call`, which is of the kind `method`, once, after a handshake if that is due. Resolves when it has succeeded,
   * or when it has failed and the wait is over. Throws only what is no DeviceError: the signal's reason, or a mistake in
   * the device.
   */
  async attempt(
    method: RecordMethod,
    call: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const hadSession = this.#options.client.hasSession && !this.#sessionRefused;
    let backOff = this.#backOffs.KeyExchange;
    try {
      if (!hadSession) {
        await this.#shakeHands(signal);
        backOff.afterSuccess();
      }
      backOff = this.#backOffs[method];
      await call(signal);
      backOff.afterSuccess();
    } catch (failure) {
      if (!(failure instanceof DeviceError)) throw failure;
      if (failure.kind === 'unauthenticated') this.#sessionRefused = true;
      // A session that has served and ended is no failure to wait for; the pace of handshakes holds all the same.
      const sessionEnded = failure.kind === 'unauthenticated' && hadSession;
      const wait = sessionEnded ? 0 : backOff.afterFailure(failure.retryAfter);
      this.#options.onFailure(failure, wait);
      await this.#options.scheduler.wait(wait, signal);
    }
  }

  async #shakeHands(signal: AbortSignal): Promise<void> {
    const { scheduler, monotonic, shakeHands } = this.#options;
    await scheduler.wait(this.#pace.wait(monotonic()), signal);
    signal.throwIfAborted();
    this.#pace.begin(monotonic());
    await shakeHands(signal);
    this.#sessionRefused = false;
  }
}
