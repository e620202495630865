/**
 * The one error type that may reach a stranger, and the one table that says how each code looks on the wire
 * (docs/protocol-v1.md, section 9).
 */

/** Each code as the Connect protocol names it, with the HTTP status on Connect's routes and on the REST routes. */
export const errorCodes = {
  invalid_argument: { connectStatus: 400, restStatus: 400 },
  unauthenticated: { connectStatus: 401, restStatus: 401 },
  permission_denied: { connectStatus: 403, restStatus: 403 },
  not_found: { connectStatus: 404, restStatus: 404 },
  already_exists: { connectStatus: 409, restStatus: 409 },
  resource_exhausted: { connectStatus: 429, restStatus: 429 },
  aborted: { connectStatus: 409, restStatus: 409 },
  unimplemented: { connectStatus: 501, restStatus: 501 },
  unavailable: { connectStatus: 503, restStatus: 503 },
  internal: { connectStatus: 500, restStatus: 500 },
} as const;

export type ErrorCode = keyof typeof errorCodes;

export interface ErrorDetails {
  /** For the log only: what really happened. Never a key, never a plaintext. */
  readonly reason?: string;
  /** For the log only: the error behind this one. */
  readonly cause?: unknown;
  /** Sent as Retry-After, whole seconds. */
  readonly retryAfterSeconds?: number;
  /** Nobody's fault, and nothing that the log need mention. */
  readonly routine?: boolean;
}

/** `message` is what a stranger reads: which field, what was expected, what to do; never a value. */
export class SealpostError extends Error {
  override readonly name = 'SealpostError';
  readonly code: ErrorCode;
  readonly reason: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly routine: boolean;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.reason = details.reason;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.routine = details.routine ?? false;
  }
}

/** A field of a request is not what it must be. `field` is its name in the schema. */
export function invalidField(field: string, expected: string): SealpostError {
  return new SealpostError('invalid_argument', `${field}: expected ${expected}`, { reason: `bad ${field}` });
}

/**
 * The one answer to everyone who can't prove who they are or whose session is no more (section 9: one message for
 * all). Only the log learns why.
 */
export function unauthenticated(reason: string): SealpostError {
  return new SealpostError(
    'unauthenticated',
    'not accepted: shake hands again; if that is refused too, check the device id and key',
    {
      reason,
    },
  );
}

/** What the operator can mend: a file, a port, a name. The command line prints the message alone and ends with 1. */
export class OperatorError extends Error {
  override readonly name: string = 'OperatorError';
}

/** A command that was not called right: the command line ends with 2. */
export class UsageError extends OperatorError {
  override readonly name = 'UsageError';
}

/** A command names a device that the store does not know. */
export function noSuchDevice(deviceId: string): OperatorError {
  return new OperatorError(`there is no device '${deviceId}': see 'sealpost device list'`);
}
