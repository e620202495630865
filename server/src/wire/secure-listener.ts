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
import { answerClientError } from './http-errors.ts';

export interface SecureListenerOptions {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly config: ServerConfig;
  /** How long a body over HTTP/2 may take: node:http knows that limit for HTTP/1.1 only. */
  readonly bodyMilliseconds?: number;
}

/** The same routes as the plain server's over TLS: HTTP/2, with which gRPC works, and HTTP/1.1. */
export class SecureListener {
  readonly #server: Http2SecureServer;
  /** By the other end's address and port. */
  readonly #sockets = new Map<string, Socket>();

  constructor(http: FastifyInstance, { cert, key, config, bodyMilliseconds }: SecureListenerOptions) {
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
    this.#server.on('connection', (socket) => {
      const place = placeOf(socket);
      this.#sockets.set(place, socket);
      socket.once('close', () => this.#sockets.delete(place));
    });
    // From then on the socket inside must not be destroyed alone: Node 24.21 then crashes over HTTP/1.1.
    this.#server.on('secureConnection', (socket) => this.#sockets.set(placeOf(socket), socket));
    this.#server.on('session', (session) => {
      session.setTimeout(limits.keepAliveTimeout, () => session.close());
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
      routed(http, request, response);
    });
  }

  /** Resolves with the port. Rejects as net.Server does. */
  async listen(host: string, port: number): Promise<number> {
    this.#server.listen({ host, port });
    await once(this.#server, 'listening');
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : port;
  }

  closeIdleConnections(): void {
    // Node.js has it, and its types do not.
    (this.#server as Http2SecureServer & Pick<Server, 'closeIdleConnections'>).closeIdleConnections();
  }

  closeAllConnections(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
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

function placeOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function endLateBody({ stream }: Http2ServerRequest, longest: number): void {
  if (stream.endAfterHeaders) return;
  const late = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), longest);
  const inTime = () => clearTimeout(late);
  stream.once('end', inTime).once('close', inTime);
}
