import type { Micros } from '../time.ts';
import type { DeviceError } from './device-error.ts';

/** What a device would print on its serial line. */
export type DeviceEvent =
  /** There is a new session. */
  | { readonly type: 'handshake' }
  /** A sealed receipt has freed `readings` readings; `queued` still wait. */
  | {
      readonly type: 'uploaded';
      readonly readings: number;
      readonly duplicates: number;
      readonly refusedSensors: number;
      readonly queued: number;
    }
  /** The job that prints the local time: Sunday, November 22 2026 12:00:00. Undefined while no clock is set. */
  | { readonly type: 'local-time'; readonly text: string | undefined }
  /** NTP has answered: how far it was ahead of the device's clock, undefined when that was not set yet. */
  | { readonly type: 'ntp'; readonly offset: Micros | undefined }
  /** From now on, NTP and the server differ so much that the server is believed: NTP's clock minus the server's. */
  | { readonly type: 'ntp-distrusted'; readonly difference: Micros }
  /** A call failed though something answered; the next one comes after `wait`. */
  | { readonly type: 'refused'; readonly error: DeviceError; readonly wait: Micros }
  /** A call had no answer; the next one comes after `wait`. */
  | { readonly type: 'unreachable'; readonly error: DeviceError; readonly wait: Micros }
  /** The queue was full, so its oldest reading is lost: `total` so far. */
  | { readonly type: 'dropped'; readonly total: number };
