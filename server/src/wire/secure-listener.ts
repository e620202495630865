import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { httpLimits, type ServerConfig } from '../config.ts';
import { answerClientError, answerLargeHeaders } from './http-errors.ts';
import { watchSession } from './http2-session-watch.ts';

export interface SecureListenerOptions {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly config: ServerConfig;
  /** How long a body over HTTP/2 may take: node:http knows that limit for HTTP/1.1 only. */
  readonly bodyMilliseconds?: number;
  /** How often sessions of HTTP/2 are looked after; as long as connections are kept, unless said. */
  readonly sessionMilliseconds?: number;
}

/** The same routes as the plain server's over TLS: HTTP/2, with which gRPC works, and HTTP/1.1. */
export class SecureListener {
  readonly #server: Http2SecureServer;
  readonly #connections = new Set<Socket>();
  readonly #tlsSockets = new Set<Socket>();

  constructor(
    http: FastifyInstance,
    { cert, key, config, bodyMilliseconds, sessionMilliseconds }: SecureListenerOptions,
  ) {
    const limits = httpLimits(config);
    const longestBody = bodyMilliseconds ?? limits.requestTimeout;
    this.#server = createSecureServer({
      cert,
      key,
      allowHTTP1: true,
      ...limits,
      handshakeTimeout: limits.headersTimeout,
      settings: { maxHeaderListSize: limits.maxHeaderSize, maxConcurrentStreams: 100, enablePush: false },
    });
    Object.assign(this.#server, { maxConnections: config.maxConnections, dropMaxConnection: true });
    this.#server.on('connection', (socket) => keepUntilClosed(this.#connections, socket));
    // Before the listener that makes a session of it: a session does not say which socket it has.
    let latest: TLSSocket | undefined;
    this.#server.prependListener('secureConnection', (socket) => {
      keepUntilClosed(this.#tlsSockets, socket);
      latest = socket;
    });
    this.#server.on('session', (session) => {
      if (latest) watchSession(session, latest, sessionMilliseconds ?? limits.keepAliveTimeout);
      // One whose handshake was still going on when the server began to close is not asked by it to end.
      if (!this.#server.listening) session.close();
    });
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
      // What is not even TLS could not read an answer.
      if (socket.getProtocol() === null) socket.destroy();
      else answerClientError(error, socket);
    });
    this.#server.on('request', (request, response) => {
      if (request.httpVersionMajor === 2) endLateBody(request, longestBody);
      if (bytesOf(request.rawHeaders) > limits.maxHeaderSize) answerLargeHeaders(response);
      else routed(http, request, response);
    });
  }

  /** Resolves with the port. Rejects as net.Server does. */
  async listen(host: string, port: number): Promise<number> {
    this.#server.listen({ host, port });
    await once(this.#server, 'listening');
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : port;
  }

  /** Open connections, those that are not TLS yet too. */
  get connections(): number {
    return this.#connections.size;
  }

  closeIdleConnections(): void {
    // Node.js has it, and its types do not.
    (this.#server as Http2SecureServer & Pick<Server, 'closeIdleConnections'>).closeIdleConnections();
  }

  closeAllConnections(): void {
    for (const socket of this.#tlsSockets) socket.destroy();
    // Then what was not TLS yet, and what Node forgot. Not before: under a living HTTP/1.1 it makes Node 24.21 crash.
    setImmediate(() => {
      for (const socket of this.#connections) socket.destroy();
    });
  }

  /** Takes no more and resolves when the last connection has ended. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** Fastify takes either version's requests, whatever its types say. */
function routed(http: FastifyInstance, request: Http2ServerRequest, response: Http2ServerResponse): void {
  http.routing(request as unknown as IncomingMessage, response as unknown as ServerResponse);
}

function bytesOf(headers: readonly string[]): number {
  return headers.reduce((sum, text) => sum + text.length, 0);
}

function keepUntilClosed(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
}

function endLateBody({ stream }: Http2ServerRequest, longest: number): void {
  if (stream.endAfterHeaders) return;
  const late = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), longest);
  const inTime = () => clearTimeout(late);
  stream.once('end', inTime).once('close', inTime);
}
