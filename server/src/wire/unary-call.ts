/**
 * Connect's unary protocol (connectrpc.com/docs/protocol, "Unary-Request" and "Unary-Response"), spoken on the bare
 * request and response that Fastify has routed. connect-fastify's way through web headers, async iterables and abort
 * signals costs 70 µs a call, several times as much as the work itself; and it answers a truncated message with 500 and
 * shows a bad JSON value in its error.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { onRequestHookHandler } from 'fastify';
import { invalidField, type SealpostError } from '../errors.ts';
import type { BodyReader, BodyReceiver } from './body.ts';
import { asSealpostError, bodyTooLarge, mustEnd, writeError } from './errors.ts';
import type { RefusalLog } from './refusal-log.ts';
import { addressOf } from './request-source.ts';
import type { UnaryMethod } from './unary-methods.ts';

export interface UnaryOptions {
  readonly refusals: RefusalLog;
  readonly bodies: BodyReader;
}

/** A hook that takes the unary POSTs of a method's route, and lets everything else pass. */
export function takeUnary(method: UnaryMethod, options: UnaryOptions): onRequestHookHandler {
  return ({ raw }, reply, done) => {
    const isJson = raw.method === 'POST' ? isJsonType(raw.headers['content-type']) : undefined;
    if (isJson === undefined) {
      done();
      return;
    }
    reply.hijack();
    new UnaryCall(method, isJson, raw, reply.raw, options).begin();
  };
}

/** Whether a content type is Connect's for unary JSON (true) or unary binary (false); undefined when it is neither. */
function isJsonType(contentType: string | undefined): boolean | undefined {
  if (contentType === 'application/proto') return false;
  const match = /^application\/(?:(json)(?:; ?charset=utf-?8)?|proto)$/i.exec(contentType ?? '');
  return match ? match[1] !== undefined : undefined;
}

class UnaryCall implements BodyReceiver {
  readonly #method: UnaryMethod;
  readonly #isJson: boolean;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #options: UnaryOptions;

  constructor(
    method: UnaryMethod,
    isJson: boolean,
    request: IncomingMessage,
    response: ServerResponse,
    options: UnaryOptions,
  ) {
    this.#method = method;
    this.#isJson = isJson;
    this.#request = request;
    this.#response = response;
    this.#options = options;
  }

  begin(): void {
    const timeout = this.#request.headers['connect-timeout-ms'];
    // No call waits for anything but its commit, so a time that is well formed is over or is kept.
    if (timeout !== undefined && !/^\d{1,10}$/.test(String(timeout))) {
      this.refused(invalidField('connect-timeout-ms', 'at most 10 digits'));
      return;
    }
    this.#options.bodies.receive(this.#request, this);
  }

  received(body: Buffer): void {
    this.#method.answer(body, this.#isJson).then(this.#succeed, this.#fail);
  }

  tooLarge(): void {
    this.#answer(bodyTooLarge());
  }

  refused(error: SealpostError): void {
    const { name } = this.#method;
    this.#options.refusals.refused(name, addressOf({ raw: this.#request }), error);
    this.#answer(error);
  }

  #answer(error: SealpostError): void {
    // What is left of a body is neither read nor held, so the connection ends.
    writeError(this.#response, error, mustEnd(this.#request) ? ['Connection', 'close'] : []);
  }

  readonly #succeed = (body: Buffer): void => {
    const type = this.#isJson ? 'application/json' : 'application/proto';
    this.#response.writeHead(200, ['Content-Type', type, 'Content-Length', String(body.length)]);
    // As text: node:http puts head and body into one write then, which costs 2 µs less than two buffers.
    this.#response.end(body.toString('latin1'), 'latin1');
  };

  readonly #fail = (thrown: unknown): void => this.refused(asSealpostError(thrown));
}
