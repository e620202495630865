import { once } from 'node:events';
import { connect as connectHttp2, type OutgoingHttpHeaders } from 'node:http2';
import { request as requestHttps } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { InjectOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultConfig } from '../../src/config.ts';
import { SecureListener } from '../../src/wire/secure-listener.ts';
import { makeCertificate } from '../certificate.ts';
import { TestServer } from '../test-server.ts';
import { reading, WireDevice } from '../wire-device.ts';

const { cert, key } = makeCertificate();
const tls = { cert: Buffer.from(cert), key: Buffer.from(key), config: defaultConfig };

let server: TestServer;
let secure: SecureListener;
let port: number;

beforeEach(async () => {
  server = await TestServer.start({ config: { tls: true } });
  await server.app.http.ready();
  secure = new SecureListener(server.app.http, tls);
  port = await secure.listen('127.0.0.1', 0);
});
afterEach(async () => {
  secure.closeAllConnections();
  await secure.close();
  await server.stopAndRemove();
});

type Request = Pick<InjectOptions, 'method' | 'url' | 'headers' | 'payload'>;
type Answer = Awaited<ReturnType<TestServer['request']>>;

async function overHttp1({ method = 'GET', url, headers, payload }: Request): Promise<Answer> {
  const options = {
    host: '127.0.0.1',
    servername: 'localhost',
    port,
    path: String(url),
    method,
    ca: cert,
    headers: headers as OutgoingHttpHeaders,
  };
  const request = requestHttps(options).end(payload as Buffer | undefined);
  const [response] = await once(request, 'response');
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}

async function overHttp2({ method = 'GET', url, headers, payload }: Request): Promise<Answer> {
  const session = connectHttp2(`https://localhost:${port}`, { ca: cert });
  const { host: _host, ...others } = headers as OutgoingHttpHeaders;
  const request = session.request({ ':method': method, ':path': String(url), ...others });
  request.end(payload as Buffer | undefined);
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [answered] = await once(request, 'response');
  if (!request.readableEnded) await once(request, 'end');
  session.close();
  return { status: answered[':status'], headers: answered, body: Buffer.concat(chunks) };
}

const versions = [
  ['HTTP/1.1', overHttp1],
  ['HTTP/2', overHttp2],
] as const;

describe.each(versions)('over TLS with %s', (_version, send) => {
  const securely = { request: send } as unknown as TestServer;

  it('a device shakes hands, uploads and gets its receipt', async () => {
    const device = new WireDevice(securely, 'greenhouse', await server.addDevice('greenhouse'));
    await device.shakeHands();
    expect(await device.upload({ readings: [reading(1)] })).toMatchObject({
      status: 200,
      message: { stored: 1, duplicates: 0 },
    });
    expect(await device.upload({ readings: [reading(1), reading(2)] })).toMatchObject({
      message: { stored: 1, duplicates: 1 },
    });
  });

  it('a token reads, and a person at the machine needs none', async () => {
    const token = await server.addToken('ada', 'reader');
    const headers = { host: 'raspberrypi.local', authorization: `Bearer ${token}` };
    expect((await send({ url: '/sensor', headers })).status).toBe(404);
    expect((await send({ url: '/sensor', headers: { host: 'localhost' } })).status).toBe(404);
    const forwarded = { host: 'localhost', 'x-forwarded-for': '8.8.8.8' };
    expect((await send({ url: '/sensor', headers: forwarded })).status).toBe(401);
  });

  it('a login gets a cookie that never leaves TLS', async () => {
    const token = await server.addToken('ada', 'reader');
    const headers = { 'content-type': 'application/json', host: 'localhost' };
    const answer = await send({ method: 'POST', url: '/login', headers, payload: JSON.stringify({ token }) });
    const cookie = String(answer.headers['set-cookie']);
    expect(cookie).toMatch(
      /^__Host-sealpost=[A-Za-z0-9_-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Strict; Secure$/,
    );
    const who = await send({ url: '/page-session', headers: { host: 'localhost', cookie: cookie.split(';')[0] } });
    expect(JSON.parse(who.body.toString()).reader).toEqual({ role: 'reader', device: null, token: 'ada' });
  });

  it('headers of more than 8 KiB are refused, of the first request too', async () => {
    const answer = await send({ url: '/sensor', headers: { host: 'localhost', 'x-long': 'a'.repeat(9000) } });
    expect({ status: answer.status, body: JSON.parse(answer.body.toString()) }).toEqual({
      status: 431,
      body: {
        code: 'invalid_argument',
        message: 'request: expected a complete and well-formed one, with headers of at most 8 KiB',
      },
    });
  });

  it.each([
    ['/sealpost.v1.DeviceService/SensorUpload', 'application/proto', Buffer.from('ff', 'hex'), 400],
    ['/sealpost.v1.DeviceService/SensorUpload', 'application/proto', Buffer.alloc(70_000), 429],
    ['/sensor', 'application/json', Buffer.from('{'), 400],
    ['/sensor', 'application/json', Buffer.alloc(70_000), 413],
    ['/sensor', 'text/plain', Buffer.from('x'), 415],
    ['/nowhere', 'application/json', Buffer.from('{}'), 404],
  ])('a bad request to %s as %s is answered as without it', async (url, type, payload, status) => {
    const headers = { host: 'localhost', 'content-type': type };
    const warnings: string[] = [];
    const warned = ({ message }: Error) => warnings.push(message);
    process.on('warning', warned);
    const answer = await send({ method: 'POST', url, headers, payload });
    const plain = await server.request({ method: 'POST', url, headers, payload });
    expect({ status: answer.status, body: answer.body.toString() }).toEqual({ status, body: plain.body.toString() });
    // Such as of a header that HTTP/2 does not have.
    process.off('warning', warned);
    expect(warnings).toEqual([]);
  });
});

describe('the secure listener', () => {
  it('ends a body over HTTP/2 that takes too long', async () => {
    const hasty = new SecureListener(server.app.http, { ...tls, bodyMilliseconds: 1 });
    const session = connectHttp2(`https://localhost:${await hasty.listen('127.0.0.1', 0)}`, { ca: cert });
    const request = session.request({ ':method': 'POST', ':path': '/sensor', 'content-type': 'application/json' });
    request.on('error', () => {});
    request.write('{');
    await once(request, 'close');
    expect(request.rstCode).toBe(8);
    session.destroy();
    await hasty.close();
  });

  it.each([
    ['plain HTTP', 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['rubbish', '\x16\x03\x01\x00\x05hello'],
  ])('ends a connection that begins with %s', async (_what, bytes) => {
    const socket = connectTcp(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('error', () => {});
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(socket, 'close');
    expect(Buffer.concat(chunks).toString()).not.toContain('HTTP');
  });

  it('closes with the connections that it kept', async () => {
    const session = connectHttp2(`https://localhost:${port}`, { ca: cert });
    await once(session, 'connect');
    const ended = once(session, 'close');
    await secure.close();
    await ended;
    await secure.close();
  });
});

describe('where there is TLS, a token in clear', () => {
  it.each([
    ['192.168.1.7', 401],
    ['127.0.0.1', 404],
  ])('from %s gets %d', async (remoteAddress, status) => {
    const token = await server.addToken('ada', 'reader');
    const headers = { host: 'raspberrypi.local', authorization: `Bearer ${token}` };
    const answer = await server.request({ method: 'GET', url: '/sensor', remoteAddress, headers });
    expect(answer.status).toBe(status);
  });

  it('makes no login from elsewhere', async () => {
    const token = await server.addToken('ada', 'reader');
    const headers = { host: 'raspberrypi.local', 'content-type': 'application/json' };
    const payload = JSON.stringify({ token });
    const answer = await server.request({
      method: 'POST',
      url: '/login',
      remoteAddress: '192.168.1.7',
      headers,
      payload,
    });
    expect({ status: answer.status, cookie: answer.headers['set-cookie'] }).toEqual({ status: 401, cookie: undefined });
    expect(answer.body.toString()).toContain('https://');
  });
});
