import { randomBytes } from 'node:crypto';
import { type AddressInfo, connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { create, toBinary, toJsonString } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeyExchangeRequestSchema, SensorUploadRequestSchema } from '#gen/device_service_pb.js';
import { TestServer } from '../test-server.ts';
import { reading, WireDevice } from '../wire-device.ts';

const service = '/sealpost.v1.DeviceService';
const routes = [
  { url: `${service}/KeyExchange`, type: 'application/proto' },
  { url: `${service}/KeyExchange`, type: 'application/json' },
  { url: `${service}/SensorUpload`, type: 'application/proto' },
  { url: `${service}/SensorUpload`, type: 'application/json' },
  { url: `${service}/TimeSync`, type: 'application/proto' },
  { url: `${service}/TimeSync`, type: 'application/json' },
  { url: '/dh-key-exchange', type: 'application/json' },
  { url: '/sensor', type: 'application/json' },
];
const isRest = (url: string) => !url.startsWith(service);

let server: TestServer;
let device: WireDevice;
beforeAll(async () => {
  server = await TestServer.start();
  device = await WireDevice.registered(server);
});
afterAll(() => server.stopAndRemove());

const post = async (url: string, type: string | undefined, payload: Buffer, headers: Record<string, string> = {}) => {
  const response = await server.request({
    method: 'POST',
    url,
    headers: { ...(type !== undefined && { 'content-type': type }), ...headers },
    payload,
  });
  return { ...response, text: response.body.toString() };
};

/** A clear refusal: a JSON error with a code, a message, and nothing of what was sent. */
function expectRefusal(response: { status: number; text: string }, statuses: readonly number[]): void {
  expect(statuses).toContain(response.status);
  expect(JSON.parse(response.text)).toEqual({
    code: expect.stringMatching(/^[a-z_]+$/),
    message: expect.stringMatching(/.{10}/),
  });
}

describe.each(routes)('$url as $type', ({ url, type }) => {
  const valid = url.includes('ey')
    ? {
        schema: KeyExchangeRequestSchema,
        message: () => create(KeyExchangeRequestSchema, { deviceId: 'greenhouse', handshake: randomBytes(80) }),
      }
    : {
        schema: SensorUploadRequestSchema,
        message: () =>
          create(SensorUploadRequestSchema, { record: { sessionId: 1n, counter: 1n, sealed: randomBytes(48) } }),
      };
  const encode = () => {
    const message = valid.message();
    return type === 'application/json'
      ? Buffer.from(toJsonString(valid.schema as typeof SensorUploadRequestSchema, message as never))
      : Buffer.from(toBinary(valid.schema as typeof SensorUploadRequestSchema, message as never));
  };

  it('refuses every truncation of a request', async () => {
    const body = encode();
    for (let length = 0; length < body.length; length += 1) {
      expectRefusal(await post(url, type, body.subarray(0, length)), [400, 401]);
    }
  });

  it('refuses random bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), async (bytes) => {
        expectRefusal(await post(url, type, Buffer.from(bytes)), [400, 401]);
      }),
      { numRuns: 150 },
    );
  });

  it('refuses a body over 64 KiB, and says so', async () => {
    const response = await post(url, type, Buffer.alloc(64 * 1024 + 1, 0x20));
    expect({ status: response.status, body: JSON.parse(response.text) }).toEqual({
      status: isRest(url) ? 413 : 429,
      body: { code: 'resource_exhausted', message: 'body: expected at most 64 KiB' },
    });
  });

  it('reads a body of exactly 64 KiB', async () => {
    expectRefusal(await post(url, type, Buffer.alloc(64 * 1024, 0xff)), [400]);
  });

  it.each(['gzip', 'br', 'nonsense'])(
    'answers a body under content-encoding %s with unimplemented',
    async (encoding) => {
      const response = await post(url, type, gzipSync(encode()), { 'content-encoding': encoding });
      expect({ status: response.status, code: JSON.parse(response.text).code }).toEqual({
        status: 501,
        code: 'unimplemented',
      });
    },
  );

  it('takes content-encoding identity as none', async () => {
    expectRefusal(await post(url, type, encode(), { 'content-encoding': 'identity' }), [401]);
  });

  it.each(['text/plain', 'application/xml', 'application/connect+proto', 'application/grpc', 'rubbish', undefined])(
    'answers content type %s with 415',
    async (wrong) => {
      expect((await post(url, wrong, encode())).status).toBe(415);
    },
  );
});

describe('JSON that is not the message', () => {
  it.each([
    ['{"deviceId": 5, "handshake": ""}', 'KeyExchangeRequest.device_id: expected a string'],
    ['{"deviceId": "a", "handshake": "secret!"}', 'KeyExchangeRequest.handshake: expected bytes as a base64 string'],
    [
      '{"deviceId": "a", "handshake": {"secret": 1}}',
      'KeyExchangeRequest.handshake: expected bytes as a base64 string',
    ],
    ['["secret"]', 'body: expected a sealpost.v1.KeyExchangeRequest in JSON'],
    ['secret', 'body: expected a sealpost.v1.KeyExchangeRequest in JSON'],
    ['', 'body: expected a sealpost.v1.KeyExchangeRequest in JSON'],
  ])('%s names the field, never the value', async (body, message) => {
    for (const url of [`${service}/KeyExchange`, '/dh-key-exchange']) {
      const response = await post(url, 'application/json', Buffer.from(body));
      expect({ status: response.status, body: JSON.parse(response.text) }).toEqual({
        status: 400,
        body: { code: 'invalid_argument', message },
      });
      expect(server.log.at(-1)).not.toContain('secret');
    }
  });

  it.each(['"-1"', '"18446744073709551616"', '1.5', '"x"', 'true'])('a counter of %s is named', async (counter) => {
    const body = `{"record": {"sessionId": "1", "counter": ${counter}, "sealed": ""}}`;
    const response = await post('/sensor', 'application/json', Buffer.from(body));
    expect(JSON.parse(response.text)).toEqual({
      code: 'invalid_argument',
      message: 'SealedRecord.counter: expected an unsigned 64-bit number as a decimal string',
    });
  });

  it('is taken when it has fields of a later version', async () => {
    const response = await post(
      '/sensor',
      'application/json',
      Buffer.from('{"later": 1, "record": {"later": {}, "sessionId": "1", "counter": "1", "sealed": "AAAA"}}'),
    );
    expect(JSON.parse(response.text).message).toBe('record.sealed: expected 32 bytes or more, a multiple of 16');
  });
});

describe('Connect-Timeout-Ms', () => {
  const sync = (timeout: string) =>
    post(`${service}/TimeSync`, 'application/proto', device.seal('TimeSync', Buffer.alloc(0)), {
      'connect-timeout-ms': timeout,
    });

  it.each(['12345678901', '-1', '1e3', 'secret'])('of %s is refused, and not repeated', async (timeout) => {
    const response = await sync(timeout);
    expect({ status: response.status, body: JSON.parse(response.text) }).toEqual({
      status: 400,
      body: { code: 'invalid_argument', message: 'connect-timeout-ms: expected at most 10 digits' },
    });
  });

  it('of months is as good as none: no timer overflows', async () => {
    const warnings: string[] = [];
    const onWarning = ({ name }: Error) => warnings.push(name);
    process.on('warning', onWarning);
    expect((await sync('9999999999')).status).toBe(200);
    expect((await sync('5000')).status).toBe(200);
    await new Promise(setImmediate);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });
});

describe('on a real socket', () => {
  let port = 0;
  beforeAll(async () => {
    await server.app.http.listen({ host: '127.0.0.1', port: 0 });
    ({ port } = server.app.http.server.address() as AddressInfo);
  });

  /** Sends bytes as they are, and gives what came back until the server closed. */
  const raw = (bytes: string) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
      socket.end(bytes);
    });
  const head = (url: string, lines: readonly string[]) =>
    [`POST ${url} HTTP/1.1`, 'Host: localhost', ...lines, '', ''].join('\r\n');

  it.each(['/sensor', `${service}/SensorUpload`])('%s refuses a chunked body over 64 KiB', async (url) => {
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    const text = await raw(
      `${head(url, ['Content-Type: application/json', 'Transfer-Encoding: chunked'])}${chunk.repeat(5)}0\r\n\r\n`,
    );
    expect(text).toMatch(isRest(url) ? /^HTTP\/1\.1 413 / : /^HTTP\/1\.1 429 /);
    expect(text.toLowerCase()).toContain('connection: close');
  });

  it.each(['/sensor', `${service}/SensorUpload`])(
    '%s ends the connection of a body that it does not read',
    async (url) => {
      const lines = ['Content-Type: application/json', 'Content-Encoding: gzip', 'Content-Length: 100'];
      const text = await raw(head(url, lines));
      expect(text).toMatch(/^HTTP\/1\.1 501 /);
      expect(text.toLowerCase()).toContain('connection: close');
    },
  );

  it('ends a connection itself after what is not HTTP: its sender may never do it', async () => {
    const ended = new Promise((resolve) => {
      server.app.http.server.once('connection', (socket) => socket.once('close', resolve));
    });
    const sender = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    sender.resume().write('rubbish\r\n\r\n');
    await ended;
    sender.destroy();
  });

  it('refuses a request that is not HTTP, with Content-Length and chunks both, and with a header of 9 KB', async () => {
    const requests = [
      ['rubbish\r\n\r\n', 400],
      [head('/sensor', ['Content-Length: 5', 'Transfer-Encoding: chunked']), 400],
      [head('/sensor', [`X-Long: ${'x'.repeat(9000)}`]), 431],
    ] as const;
    for (const [request, status] of requests) {
      const [start = '', body = ''] = (await raw(request)).split('\r\n\r\n');
      expect(start).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expectRefusal({ status, text: body }, [status]);
    }
  });

  it('takes a sender that gives up half-way for a refusal, not for a fault of its own', async () => {
    const before = server.log.length;
    for (const url of ['/sensor', `${service}/SensorUpload`]) {
      expect(await raw(head(url, ['Content-Type: application/json', 'Content-Length: 100']))).toMatch(
        /^(HTTP\/1\.1 400 |$)/,
      );
    }
    expect(server.log.slice(before).filter((line) => !line.includes('"level":40'))).toEqual([]);
  });

  it('answers a URL that is none in the one form that errors have', async () => {
    const [start = '', body = ''] = (await raw('GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n')).split('\r\n\r\n');
    expect(start).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(body)).toEqual({ code: 'invalid_argument', message: 'request: expected a well-formed URL' });
  });

  it('goes on serving: an upload on the same connection is stored', async () => {
    expect((await device.upload({ readings: [reading(1)] })).message).toMatchObject({ stored: 1 });
  });
});

it('other methods and other paths are refused in words', async () => {
  for (const method of ['PUT', 'DELETE', 'PATCH'] as const) {
    expectRefusal({ ...(await post('/nowhere', 'application/json', Buffer.from('{}'))) }, [404]);
    const response = await server.request({ method, url: '/sensor' });
    expect(response.status).toBe(404);
  }
  expect((await server.request({ method: 'GET', url: `${service}/KeyExchange` })).status).toBe(405);
});

it('none of it stopped the server or stored a reading', async () => {
  expect(server.log.join('')).not.toContain('"level":50');
  expect(await server.store.describeDevice('greenhouse')).toMatchObject({ readings: 1 });
});
