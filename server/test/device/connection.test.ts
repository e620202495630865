import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { create, toBinary } from '@bufbuild/protobuf';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { KeyExchangeResponseSchema } from '#gen/device_service_pb.js';
import { generateEphemeral } from '../../src/crypto/noise.ts';
import { DeviceClient } from '../../src/device/client.ts';
import { connectTo } from '../../src/device/connection.ts';
import { second } from '../../src/time.ts';

const description = { firmwareVersion: '1.4.0', hardware: 'esp32-s2-saola-1' };
const disposals: (() => void)[] = [];

afterEach(() => {
  vi.useRealTimers();
  for (const dispose of disposals.splice(0)) dispose();
});

/** A client of a plain HTTP server on the loopback interface, which answers as `listener` has it. */
async function clientOf(listener: RequestListener) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    request.resume();
    listener(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connection = connectTo(`http://127.0.0.1:${port}`);
  disposals.push(
    () => connection.close(),
    () => server.closeAllConnections(),
    () => server.close(),
  );
  const client = new DeviceClient({
    deviceId: 'greenhouse',
    deviceKey: Buffer.alloc(32, 1),
    bootId: 1n,
    transport: connection.transport,
    uptime: () => second,
    generateEphemeral,
  });
  return { requests, client, stop: () => server.close() };
}

describe('a connection', () => {
  it('speaks Connect unary in binary over HTTP/1.1, keeps the socket, and asks for no compression', async () => {
    const { requests, client } = await clientOf((_, response) => {
      response.setHeader('content-type', 'application/proto');
      response.end(toBinary(KeyExchangeResponseSchema, create(KeyExchangeResponseSchema)));
    });
    await expect(client.shakeHands(description)).rejects.toMatchObject({ kind: 'forged' });
    await expect(client.shakeHands(description)).rejects.toMatchObject({ kind: 'forged' });
    expect(requests.map(({ method, url, httpVersion }) => ({ method, url, httpVersion }))).toEqual(
      Array(2).fill({ method: 'POST', url: '/sealpost.v1.DeviceService/KeyExchange', httpVersion: '1.1' }),
    );
    const { headers } = requests[0]!;
    expect(headers['content-type']).toBe('application/proto');
    expect(headers['connect-protocol-version']).toBe('1');
    expect(headers['content-encoding']).toBeUndefined();
    expect(headers['accept-encoding']).toBeUndefined();
    expect(requests[1]!.socket).toBe(requests[0]!.socket);
  });

  it('follows no redirect', async () => {
    const { requests, client } = await clientOf((_, response) => {
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    await expect(client.shakeHands(description)).rejects.toMatchObject({ kind: 'rejected' });
    expect(requests.map(({ url }) => url)).toEqual(['/sealpost.v1.DeviceService/KeyExchange']);
  });

  it('reads the code and Retry-After of an error', async () => {
    const { client } = await clientOf((_, response) => {
      response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '4' });
      response.end(JSON.stringify({ code: 'resource_exhausted', message: 'full' }));
    });
    await expect(client.shakeHands(description)).rejects.toMatchObject({ kind: 'overloaded', retryAfter: 4 * second });
  });

  it.each([
    [9_999, 'unauthenticated'],
    [10_000, 'unreachable'],
  ])('finds a server that answers after %i ms %s', async (millis, kind) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { client } = await clientOf((_, response) => {
      vi.advanceTimersByTime(millis);
      response.writeHead(401).end();
    });
    await expect(client.shakeHands(description)).rejects.toMatchObject({ kind });
  });

  it('takes a server that hangs up, or that is not there, as unreachable', async () => {
    const { client, stop } = await clientOf((request) => request.socket.destroy());
    await expect(client.shakeHands(description)).rejects.toMatchObject({ kind: 'unreachable' });
    stop();
    await expect(client.shakeHands(description)).rejects.toMatchObject({ kind: 'unreachable' });
  });

  it('reads no more of an answer than an answer can be', async () => {
    const { client } = await clientOf((_, response) => {
      response.setHeader('content-type', 'application/proto');
      response.end(Buffer.alloc(64 * 1024 + 1));
    });
    await expect(client.shakeHands(description)).rejects.toMatchObject({
      kind: 'overloaded',
      retryAfter: undefined,
    });
  });

  it('takes what is not Connect as rejected', async () => {
    const { client } = await clientOf((_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<title>Log in to the Wi-Fi</title>');
    });
    await expect(client.shakeHands(description)).rejects.toMatchObject({ kind: 'rejected' });
  });
});
