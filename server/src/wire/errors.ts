import type { IncomingMessage, ServerResponse } from 'node:http';
import { Code, ConnectError } from '@connectrpc/connect';
import type { FastifyReply } from 'fastify';
import { errorCodes, SealpostError } from '../errors.ts';

const connectCodes = {
  invalid_argument: Code.InvalidArgument,
  unauthenticated: Code.Unauthenticated,
  permission_denied: Code.PermissionDenied,
  not_found: Code.NotFound,
  already_exists: Code.AlreadyExists,
  resource_exhausted: Code.ResourceExhausted,
  aborted: Code.Aborted,
  unimplemented: Code.Unimplemented,
  unavailable: Code.Unavailable,
  internal: Code.Internal,
} as const;

/** Anything that was thrown, as what may be answered: a stranger learns nothing of an unexpected error. */
export function asSealpostError(thrown: unknown): SealpostError {
  if (thrown instanceof SealpostError) return thrown;
  return new SealpostError('internal', 'the server failed; its log says why', { cause: thrown });
}

export function asConnectError(error: SealpostError): ConnectError {
  const headers =
    error.retryAfterSeconds === undefined ? undefined : { 'retry-after': String(error.retryAfterSeconds) };
  return new ConnectError(error.message, connectCodes[error.code], headers);
}

/** Sends Connect's error JSON, which is the REST routes' too (docs/protocol-v1.md, section 9). */
export function sendError(reply: FastifyReply, error: SealpostError, status?: number): FastifyReply {
  if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds));
  return reply
    .code(status ?? errorCodes[error.code].restStatus)
    .type('application/json')
    .send(JSON.stringify({ code: error.code, message: error.message }));
}

/** The same on one of Connect's routes, on the bare response. */
export function writeError(response: ServerResponse, error: SealpostError, headers: readonly string[] = []): void {
  const { code, message, retryAfterSeconds } = error;
  const body = JSON.stringify({ code, message });
  const head = ['Content-Type', 'application/json', 'Content-Length', String(Buffer.byteLength(body)), ...headers];
  if (retryAfterSeconds !== undefined) head.push('Retry-After', String(retryAfterSeconds));
  response.writeHead(errorCodes[code].connectStatus, head);
  response.end(body);
}

/** Whether a connection has to end with the answer, as its next request would only come behind a body that nobody reads. */
export function mustEnd({ complete, httpVersionMajor }: IncomingMessage): boolean {
  return !complete && httpVersionMajor === 1;
}

/** The body is larger than any that this server takes. What is left of it is not read: the connection must end. */
export function bodyTooLarge(): SealpostError {
  return new SealpostError('resource_exhausted', 'body: expected at most 64 KiB', { reason: 'body too large' });
}

/** Answers it on the REST routes, where it has a status of its own. */
export function sendTooLarge(reply: FastifyReply): FastifyReply {
  if (mustEnd(reply.request.raw)) reply.header('connection', 'close');
  return sendError(reply, bodyTooLarge(), 413);
}
