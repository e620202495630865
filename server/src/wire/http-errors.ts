import { STATUS_CODES } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { invalidField, SealpostError } from '../errors.ts';
import { asSealpostError, mustEnd, sendError } from './errors.ts';
import type { RefusalLog } from './refusal-log.ts';
import { addressOf } from './request-source.ts';

/** Gives every error outside the Connect handlers the one form that errors have, `{code, message}`. */
export function answerErrors(http: FastifyInstance, refusals: RefusalLog): void {
  http.setErrorHandler<FastifyError>((thrown, request, reply) => {
    const route = request.routeOptions.url ?? '(no route)';
    if (thrown.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
      const types = route.startsWith('/sealpost.v1.') ? 'application/proto or application/json' : 'application/json';
      return sendError(reply, invalidField('content-type', types), 415);
    }
    // Fastify's own refusals of a request, such as a Content-Length that is not kept.
    const isRefusal = thrown.code?.startsWith('FST_ERR_') && (thrown.statusCode ?? 500) < 500;
    const error = isRefusal ? invalidField('request', 'a complete and well-formed one') : asSealpostError(thrown);
    refusals.refused(`${request.method} ${route}`, addressOf(request), error);
    // What is left of a body is neither read nor held, so the connection ends.
    if (request.method === 'POST' && mustEnd(request.raw)) reply.header('connection', 'close');
    return sendError(reply, error);
  });
  http.setNotFoundHandler((_request, reply) => {
    const error = new SealpostError('not_found', 'no such page: GET /api shows which there are');
    return sendError(reply, error);
  });
}

/** Fastify's errors before there is a route, such as for `/%zz`. */
export function answerFrameworkError(_error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  sendError(reply, invalidField('request', 'a well-formed URL'));
}

/** Answers what is not even an HTTP request, and ends its connection. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const statuses: Record<string, number> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 };
  const status = statuses[error.code ?? ''] ?? 400;
  const body = malformed();
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  // Not left to the sender: one who is late may never close its side, and what came of its body would be held.
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

/** Answers a request over HTTP/2 whose headers are too large: what Node refuses by itself once the client has its settings. */
export function answerLargeHeaders(response: Http2ServerResponse): void {
  response.writeHead(431, { 'content-type': 'application/json' });
  response.end(malformed());
}

function malformed(): string {
  const { code, message } = invalidField('request', 'a complete and well-formed one, with headers of at most 8 KiB');
  return JSON.stringify({ code, message });
}
