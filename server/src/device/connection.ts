import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Transport } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { type Micros, second } from '../time.ts';

/** A way to a server, which any number of devices may share. Whoever opened it closes it. */
export interface Connection {
  readonly transport: Transport;
  /** Ends the kept-alive sockets. */
  close(): void;
}

export interface ConnectionOptions {
  /** How long one call may take. 10 s unless told. */
  readonly callTimeout?: Micros;
  /** Sockets at most, all devices together; further calls wait for one. 1 unless told: what an ESP32 would use. */
  readonly sockets?: number;
}

const mostResponseBytes = 64 * 1024;

/**
 * Connect unary in its binary form over HTTP/1.1 (docs/protocol-v1.md, section 8). `server` is a URL such as
 * http://192.168.1.10:8080. Follows no redirect, as node:http has it.
 */
export function connectTo(server: string, options: ConnectionOptions = {}): Connection {
  const Agent = new URL(server).protocol === 'https:' ? HttpsAgent : HttpAgent;
  const agent = new Agent({ keepAlive: true, maxSockets: options.sockets ?? 1 });
  const transport = createConnectTransport({
    baseUrl: server,
    httpVersion: '1.1',
    nodeOptions: { agent },
    defaultTimeoutMs: (options.callTimeout ?? 10 * second) / 1000,
    // The server answers compressed bodies with unimplemented, and sealed bytes don't compress.
    acceptCompression: [],
    // What is at the other end is not known before its answer has verified.
    readMaxBytes: mostResponseBytes,
  });
  return { transport, close: () => agent.destroy() };
}
