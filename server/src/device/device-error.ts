import { Code, ConnectError } from '@connectrpc/connect';
import { type Micros, second } from '../time.ts';

/**
 * What a device does next depends on this alone (docs/protocol-v1.md, section 9):
 * - `unauthenticated`: shake hands again, at most once in 2 s.
 * - `overloaded`: the server has no room just now; come back after `retryAfter`, if it is said.
 * - `unreachable`: no answer in time, or the server's store is down; back off.
 * - `forged`: something answered that does not hold the keys; back off.
 * - `rejected`: an answer that should not be: a redirect, a wrong request, another protocol; back off.
 *
 * Errors are not sealed, so every kind is a hint: none of them frees a reading.
 */
export type DeviceErrorKind = 'unauthenticated' | 'overloaded' | 'unreachable' | 'forged' | 'rejected';

const messages: Record<DeviceErrorKind, string> = {
  unauthenticated: 'the server wants a new handshake',
  overloaded: 'the server has no room for this just now',
  unreachable: 'the server does not answer',
  forged: 'the answer is not from the server: it does not verify',
  rejected: 'the server does not take this request',
};

export interface DeviceErrorDetails {
  readonly message?: string;
  /** As the Retry-After header said; nobody authenticates it, so whoever waits sets a bound (back-off.ts). */
  readonly retryAfter?: Micros | undefined;
  readonly cause?: unknown;
}

/** The one error of a device's calls. The message is our own: what a stranger wrote is in `cause` only. */
export class DeviceError extends Error {
  override readonly name = 'DeviceError';
  readonly kind: DeviceErrorKind;
  readonly retryAfter: Micros | undefined;

  constructor(kind: DeviceErrorKind, { message, retryAfter, cause }: DeviceErrorDetails = {}) {
    super(message ?? messages[kind], { cause });
    this.kind = kind;
    this.retryAfter = retryAfter;
  }
}

/** What a failed call means for the device. */
export function deviceErrorOf(failure: unknown): DeviceError {
  if (failure instanceof DeviceError) return failure;
  const cause = ConnectError.from(failure);
  return new DeviceError(kindOf(cause), { retryAfter: retryAfterOf(cause.metadata), cause });
}

function kindOf(error: ConnectError): DeviceErrorKind {
  // Only an error that began in the network stack has a cause: nobody answered, whatever code it was given.
  if (error.cause !== undefined) return 'unreachable';
  switch (error.code) {
    case Code.Unauthenticated:
      return 'unauthenticated';
    case Code.ResourceExhausted:
      return 'overloaded';
    case Code.Unavailable:
    case Code.DeadlineExceeded:
    case Code.Aborted:
      return 'unreachable';
    default:
      return 'rejected';
  }
}

/** Retry-After in seconds (RFC 9110, section 10.2.3). The form with a date is left alone: a device may have no clock. */
function retryAfterOf(headers: Headers): Micros | undefined {
  const value = headers.get('retry-after');
  return value !== null && /^\d{1,9}$/.test(value) ? Number(value) * second : undefined;
}
