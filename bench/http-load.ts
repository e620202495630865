import { connect, type Socket } from 'node:net';

/** What one run of requests came to. */
export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  readonly requestsPerSecond: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
}

/**
 * Sends prepared requests, whole HTTP/1.1 texts, over keep-alive connections, one at a time on each, until all are
 * answered. Every answer must be 200. Written on the bare socket, so that the generator costs less than the server.
 */
export async function sendAll(port: number, connections: readonly (readonly Buffer[])[]): Promise<LoadResult> {
  const latencies: number[] = [];
  const began = performance.now();
  await Promise.all(connections.map((requests) => sendOver(port, requests, latencies)));
  const seconds = (performance.now() - began) / 1000;
  latencies.sort((a, b) => a - b);
  const quantile = (part: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * part))] ?? 0;
  return {
    requests: latencies.length,
    seconds,
    requestsPerSecond: latencies.length / seconds,
    p50Milliseconds: quantile(0.5),
    p99Milliseconds: quantile(0.99),
  };
}

function sendOver(port: number, requests: readonly Buffer[], latencies: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let sent = 0;
    let sentAt = 0;
    let pending = Buffer.alloc(0);
    const next = () => {
      const request = requests[sent];
      if (!request) {
        socket.end();
        resolve();
        return;
      }
      sent += 1;
      sentAt = performance.now();
      socket.write(request);
    };
    socket.on('connect', next);
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      const length = responseLength(pending);
      if (length === undefined || pending.length < length) return;
      if (!pending.subarray(0, 12).equals(ok)) {
        socket.destroy();
        reject(new Error(`the server answered: ${pending.toString('latin1', 0, 300)}`));
        return;
      }
      pending = pending.subarray(length);
      latencies.push(performance.now() - sentAt);
      next();
    });
  });
}

const ok = Buffer.from('HTTP/1.1 200');

function responseLength(bytes: Buffer): number | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const match = /content-length: (\d+)/i.exec(bytes.toString('latin1', 0, end));
  return match ? end + 4 + Number(match[1]) : undefined;
}

/** One POST as it goes over the wire. */
export function httpPost(path: string, contentType: string, body: Uint8Array): Buffer {
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    `Content-Type: ${contentType}`,
    `Content-Length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}
