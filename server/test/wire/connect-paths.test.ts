/**
 * The same requests, good and bad, to the server as it is and to connect-fastify alone over an equal server, which must
 * give the same answers: status, headers and body, byte for byte. Where connect-fastify is known to be wrong, what
 * docs/protocol-v1.md says is expected instead.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { create, fromBinary, toBinary, toJsonString } from '@bufbuild/protobuf';
import Fastify, { type FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClockReportSchema } from '#gen/clock_pb.js';
import {
  KeyExchangeRequestSchema,
  KeyExchangeResponseSchema,
  SensorUploadRequestSchema,
} from '#gen/device_service_pb.js';
import { HelloSchema, WelcomeSchema } from '#gen/handshake_pb.js';
import { ReadingBatchSchema } from '#gen/reading_pb.js';
import { build } from '../../src/app.ts';
import { buildDate, defaultConfig } from '../../src/config.ts';
import { aesGcm, importEphemeral, initiate } from '../../src/crypto/noise.ts';
import { deriveRecordKeys, importRecordKeys, type RecordMethod, sealRecord } from '../../src/crypto/record.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { durationOf, second } from '../../src/time.ts';
import { connectRoutes } from '../../src/wire/device-service.ts';
import { answerErrors } from '../../src/wire/http-errors.ts';
import { RefusalLog } from '../../src/wire/refusal-log.ts';
import { TestClock } from '../clock.ts';
import { reading } from '../wire-device.ts';

const key = Buffer.alloc(32, 7);
const quiet = pino({ level: 'silent' });

/** Not random at all: two servers that use it do the same. */
function notRandom(): (size: number) => Buffer {
  let calls = 0;
  return (size) => {
    calls += 1;
    return createHash('shake256', { outputLength: size }).update(String(calls)).digest();
  };
}

interface Place {
  readonly http: FastifyInstance;
  readonly store: Store;
  readonly clock: TestClock;
  close(): Promise<void>;
}

async function place(path: 'ours' | 'connect-fastify'): Promise<Place> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'sealpost-paths-'));
  const randomBytes = notRandom();
  const clock = new TestClock();
  const store = await openSqliteStore({ dataDirectory, randomBytes, maxQueuedAppends: 2 });
  await store.addDevice('greenhouse', Buffer.from(key), clock.wall());
  const app = await build(defaultConfig, {
    store,
    clock,
    randomBytes,
    generateEphemeral: () => importEphemeral(randomBytes(32)),
    logger: quiet,
    clockFloor: buildDate,
  });
  let { http } = app;
  if (path === 'connect-fastify') {
    http = Fastify();
    const refusals = new RefusalLog(quiet, clock);
    answerErrors(http, refusals);
    await http.register(connectRoutes, { calls: app.calls, refusals });
  }
  return {
    http,
    store,
    clock,
    async close() {
      await app.http.close();
      await http.close();
      await store.close();
      rmSync(dataDirectory, { recursive: true });
    },
  };
}

interface Sent {
  readonly method: string;
  readonly payload?: Buffer | string;
  readonly type?: string | null;
  readonly headers?: Record<string, string>;
  readonly verb?: 'POST' | 'GET' | 'PUT' | 'DELETE' | 'PATCH' | 'HEAD' | 'OPTIONS';
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: string;
}

/** Every header but those of the connection itself. */
async function send({ http }: Place, { method, payload, type, headers, verb = 'POST' }: Sent): Promise<Answer> {
  const response = await http.inject({
    method: verb,
    url: `/sealpost.v1.DeviceService/${method}`,
    headers: { ...(type !== null && { 'content-type': type ?? 'application/proto' }), ...headers },
    ...(payload !== undefined && { payload }),
  });
  const { date, connection, 'keep-alive': keepAlive, ...rest } = response.headers;
  return { status: response.statusCode, headers: rest, body: response.rawPayload.toString('latin1') };
}

let ours: Place;
let theirs: Place;
let uptime = second;
beforeEach(async () => {
  [ours, theirs] = [await place('ours'), await place('connect-fastify')];
  uptime = second;
});
afterEach(() => Promise.all([ours.close(), theirs.close()]));

/** Sends to both; what both answered. */
async function both(sent: Sent): Promise<Answer> {
  const [our, their] = await Promise.all([send(ours, sent), send(theirs, sent)]);
  expect(our).toEqual(their);
  return our;
}

const json = (message: { code: string; message: string }) => JSON.stringify(message);

function hello(psk = key, payload?: Buffer) {
  uptime += second;
  const message = create(HelloSchema, { bootId: 9n, uptime: durationOf(uptime), hardware: 'test' });
  const ephemeral = importEphemeral(Buffer.alloc(32, 3));
  const prologue = Buffer.from('sealpost.v1\0greenhouse');
  const initiator = initiate({ cipher: aesGcm, psk, prologue }, ephemeral, payload ?? toBinary(HelloSchema, message));
  return {
    initiator,
    request: create(KeyExchangeRequestSchema, { deviceId: 'greenhouse', handshake: initiator.message }),
  };
}

interface Session {
  readonly sessionId: bigint;
  readonly seal: (method: RecordMethod, plaintext: Uint8Array, counter: number) => Buffer;
}

/** The same session on both servers. */
async function session(): Promise<Session> {
  const { initiator, request } = hello();
  const answer = await both({
    method: 'KeyExchange',
    payload: Buffer.from(toBinary(KeyExchangeRequestSchema, request)),
  });
  expect(answer.status).toBe(200);
  const { handshake } = fromBinary(KeyExchangeResponseSchema, Buffer.from(answer.body, 'latin1'));
  const finished = initiator.finish(Buffer.from(handshake));
  const { sessionId } = fromBinary(WelcomeSchema, finished!.payload);
  const keys = importRecordKeys(deriveRecordKeys(finished!.keys.initiatorToResponder));
  return {
    sessionId,
    seal: (method, plaintext, counter) =>
      wrap({
        sessionId,
        counter: BigInt(counter),
        sealed: sealRecord(keys, { method, sessionId, counter }, plaintext),
      }),
  };
}

const wrap = (record: { sessionId: bigint; counter: bigint; sealed: Uint8Array }) =>
  Buffer.from(toBinary(SensorUploadRequestSchema, create(SensorUploadRequestSchema, { record })));
const asJson = (body: Buffer) => toJsonString(SensorUploadRequestSchema, fromBinary(SensorUploadRequestSchema, body));
const batch = (...sequences: number[]) =>
  toBinary(
    ReadingBatchSchema,
    create(ReadingBatchSchema, { bootId: 9n, readings: sequences.map((sequence) => reading(sequence)) }),
  );
const report = toBinary(ClockReportSchema, create(ClockReportSchema, { source: 1, uptime: durationOf(5 * second) }));

describe('what is accepted', () => {
  it('is answered the same, in binary and in JSON', async () => {
    const { seal } = await session();
    const upload = seal('SensorUpload', batch(1, 2), 1);
    expect(await both({ method: 'SensorUpload', payload: upload })).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/proto' },
    });
    const again = asJson(seal('SensorUpload', batch(2, 3), 2));
    expect(await both({ method: 'SensorUpload', payload: again, type: 'application/json' })).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json' },
    });
    expect((await both({ method: 'TimeSync', payload: seal('TimeSync', report, 3) })).status).toBe(200);
    const sync = asJson(seal('TimeSync', report, 4));
    expect((await both({ method: 'TimeSync', payload: sync, type: 'application/json' })).status).toBe(200);
    const { request } = hello();
    const handshake = toJsonString(KeyExchangeRequestSchema, request);
    expect((await both({ method: 'KeyExchange', payload: handshake, type: 'application/json' })).status).toBe(200);
    expect(await ours.store.describeDevice('greenhouse')).toEqual(await theirs.store.describeDevice('greenhouse'));
  });

  it.each([
    ['Application/Proto', 'binary'],
    ['APPLICATION/JSON', 'json'],
    ['application/json; charset=utf-8', 'json'],
    ['application/json;charset=UTF8', 'json'],
  ])('under the content type %s', async (type, form) => {
    const { seal } = await session();
    const body = seal('TimeSync', report, 1);
    expect((await both({ method: 'TimeSync', type, payload: form === 'json' ? asJson(body) : body })).status).toBe(200);
  });

  it.each([
    [{ 'connect-protocol-version': '1' }],
    [{ 'connect-protocol-version': '2' }],
    [{ 'connect-protocol-version': 'rubbish' }],
    [{ 'connect-timeout-ms': '5000' }],
    [{ 'connect-timeout-ms': '0' }],
    [{ 'connect-timeout-ms': '0000000001' }],
    [{ 'accept-encoding': 'gzip, br' }],
    [{ 'accept-encoding': 'identity;q=0' }],
    [{ 'content-encoding': 'identity' }],
    [{ 'user-agent': 'connect-es/2.2.0', 'x-something': 'else', te: 'trailers' }],
  ])('with %o', async (headers) => {
    const { seal } = await session();
    const sent = { method: 'TimeSync', payload: seal('TimeSync', report, 1), headers } as unknown as Sent;
    expect((await both(sent)).status).toBe(200);
  });

  it('in encodings that no encoder gives but Protobuf allows', async () => {
    const { seal, sessionId } = await session();
    const usual = fromBinary(SensorUploadRequestSchema, seal('TimeSync', report, 1)).record!;
    const id = Buffer.alloc(8);
    id.writeBigUInt64LE(sessionId);
    const field = (tag: number, bytes: Uint8Array) => Buffer.concat([Buffer.from([tag, bytes.length]), bytes]);
    const sealed = field(0x1a, usual.sealed);
    const record = (...parts: Uint8Array[]) => field(0x0a, Buffer.concat(parts));
    const idField = Buffer.concat([Buffer.from([0x09]), id]);
    const counter = Buffer.from([0x10, 1]);
    const wrong = Buffer.from([0x10, 77]);
    const unusual = [
      record(sealed, counter, idField),
      record(idField, wrong, counter, sealed),
      record(idField, counter, sealed, Buffer.from([0x20, 1])),
      Buffer.concat([record(idField, wrong), record(counter, sealed)]),
      Buffer.concat([Buffer.from([0x10, 5]), record(idField, counter, sealed)]),
      record(idField, Buffer.from([0x10, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0]), sealed),
    ];
    const statuses = [];
    for (const payload of unusual) statuses.push((await both({ method: 'TimeSync', payload })).status);
    // The first is taken, and the others are found out to be its replays: so they were read as the same record.
    expect(statuses).toEqual([200, 401, 401, 401, 401, 401]);
  });
});

describe('what is refused', () => {
  it.each([
    ['a wrong key', () => hello(Buffer.alloc(32, 1)).request, 401],
    ['a Hello that is none', () => hello(key, Buffer.from([0xff])).request, 400],
    ['a Hello without a boot', () => hello(key, Buffer.alloc(0)).request, 400],
    ['an id that is none', () => ({ ...hello().request, deviceId: 'Kitchen!' }), 400],
    ['an unknown device', () => ({ ...hello().request, deviceId: 'cellar' }), 401],
    ['a handshake that is too short', () => ({ ...hello().request, handshake: new Uint8Array(47) }), 400],
    ['a handshake that is too long', () => ({ ...hello().request, handshake: new Uint8Array(513) }), 400],
  ])('a handshake with %s', async (_name, request, status) => {
    const message = create(KeyExchangeRequestSchema, request());
    const payload = Buffer.from(toBinary(KeyExchangeRequestSchema, message));
    expect((await both({ method: 'KeyExchange', payload })).status).toBe(status);
    const text = toJsonString(KeyExchangeRequestSchema, message);
    expect((await both({ method: 'KeyExchange', payload: text, type: 'application/json' })).status).toBe(status);
  });

  it('a replayed handshake, and one too many, with Retry-After', async () => {
    const { request } = hello();
    const payload = Buffer.from(toBinary(KeyExchangeRequestSchema, request));
    expect((await both({ method: 'KeyExchange', payload })).status).toBe(200);
    expect((await both({ method: 'KeyExchange', payload })).status).toBe(401);
    const more = () => Buffer.from(toBinary(KeyExchangeRequestSchema, hello().request));
    for (let n = 2; n <= 10; n += 1) await both({ method: 'KeyExchange', payload: more() });
    expect(await both({ method: 'KeyExchange', payload: more() })).toMatchObject({
      status: 429,
      headers: { 'retry-after': '1' },
    });
  });

  it('a record that is not right', async () => {
    const { seal, sessionId } = await session();
    const good = fromBinary(SensorUploadRequestSchema, seal('SensorUpload', batch(1), 1)).record!;
    const forged = Uint8Array.from(good.sealed, (byte, index) => (index === 0 ? byte ^ 1 : byte));
    const records = [
      [{ ...good, sessionId: 0n }, 400],
      [{ ...good, counter: 0n }, 400],
      [{ ...good, counter: 2n ** 32n }, 400],
      [{ ...good, counter: 2n ** 64n - 1n }, 400],
      [{ ...good, sealed: new Uint8Array(16) }, 400],
      [{ ...good, sealed: new Uint8Array(33) }, 400],
      [{ ...good, sessionId: sessionId ^ 1n }, 401],
      [{ ...good, counter: 2n }, 401],
      [{ ...good, sealed: forged }, 401],
      [good, 200],
      [good, 401],
    ] as const;
    for (const [record, status] of records) {
      expect((await both({ method: 'SensorUpload', payload: wrap(record) })).status).toBe(status);
      const payload = asJson(wrap(record));
      const inJson = await both({ method: 'SensorUpload', payload, type: 'application/json' });
      expect(inJson.status).toBe(status === 200 ? 401 : status);
    }
    for (const payload of ['{}', '{"record": null}', '{"later": [1]}']) {
      expect((await both({ method: 'SensorUpload', payload, type: 'application/json' })).status).toBe(400);
    }
    expect((await both({ method: 'SensorUpload', payload: Buffer.alloc(0) })).status).toBe(400);
  });

  it('a plaintext that is not right', async () => {
    const { seal } = await session();
    const plaintexts = [
      ['SensorUpload', Buffer.from([0xff, 0xff])],
      ['SensorUpload', Buffer.alloc(0)],
      ['SensorUpload', batch(...Array.from({ length: 65 }, (_, index) => index + 1))],
      ['SensorUpload', batch(0)],
      ['TimeSync', Buffer.from([0x09])],
      ['TimeSync', toBinary(ClockReportSchema, create(ClockReportSchema, { utcOffsetSeconds: 64_801 }))],
    ] as const;
    for (const [index, [method, plaintext]] of plaintexts.entries()) {
      const answer = await both({ method, payload: seal(method, plaintext, index + 1) });
      expect(answer).toMatchObject({ status: 400, headers: { 'content-type': 'application/json' } });
    }
  });

  it('a session whose key has ended, a queue that is full and a store that is closed', async () => {
    const { seal } = await session();
    const places = [ours, theirs];
    const crowd = (place: Place) =>
      Promise.all(
        [1, 2, 3].map((n) => send(place, { method: 'SensorUpload', payload: seal('SensorUpload', batch(n), n) })),
      );
    const [our, their] = await Promise.all([crowd(ours), crowd(theirs)]);
    expect(our).toEqual(their);
    expect(our.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(our[2]?.headers['retry-after']).toBe('1');
    for (const { store } of places) await store.revokeDevice('greenhouse');
    expect((await both({ method: 'SensorUpload', payload: seal('SensorUpload', batch(4), 4) })).status).toBe(401);
    for (const { store } of places) await store.close();
    expect((await both({ method: 'SensorUpload', payload: seal('SensorUpload', batch(5), 5) })).status).toBe(503);
  });

  it.each([
    'text/plain',
    'application/json; charset=latin1',
    'application/json; charset=utf-8; x=y',
    'application/proto; charset=utf-8',
    'application/protobuf',
    'application/connect+proto',
    'application/connect+json',
    'application/grpc',
    'application/grpc+proto',
    'application/grpc-web+proto',
    'application/x-www-form-urlencoded',
    'rubbish',
    null,
  ])('the content type %s', async (type) => {
    expect((await both({ method: 'TimeSync', type, payload: Buffer.from('{}') })).status).toBe(415);
  });

  it.each(['GET', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'] as const)('the HTTP method %s', async (verb) => {
    expect((await both({ method: 'TimeSync', verb, type: null })).status).toBe(405);
  });
});

describe('where connect-fastify is wrong, the protocol document rules', () => {
  /** What ours answers; connect-fastify answers something else, or this is no exception any more. */
  async function onlyOurs(sent: Sent): Promise<Answer> {
    const [our, their] = await Promise.all([send(ours, sent), send(theirs, sent)]);
    expect({ status: our.status, body: our.body }).not.toEqual({ status: their.status, body: their.body });
    return our;
  }

  it('a truncated message is invalid_argument, not internal', async () => {
    const { seal } = await session();
    const body = seal('SensorUpload', batch(1), 1);
    const message = 'body: expected a sealpost.v1.SensorUploadRequest in binary Protobuf';
    for (const length of [1, 5, 20, body.length - 1]) {
      expect(await onlyOurs({ method: 'SensorUpload', payload: body.subarray(0, length) })).toMatchObject({
        status: 400,
        headers: { 'content-type': 'application/json' },
        body: json({ code: 'invalid_argument', message }),
      });
    }
  });

  it.each([
    [
      '{"record": {"counter": "seven"}}',
      'SealedRecord.counter: expected an unsigned 64-bit number as a decimal string',
    ],
    ['{"record": {"sealed": "!"}}', 'SealedRecord.sealed: expected bytes as a base64 string'],
    ['{"record": "secret"}', 'body: expected a sealpost.v1.SensorUploadRequest in JSON'],
    ['[', 'body: expected a sealpost.v1.SensorUploadRequest in JSON'],
    ['', 'body: expected a sealpost.v1.SensorUploadRequest in JSON'],
  ])('%s names the field and not the value', async (payload, message) => {
    const answer = await onlyOurs({ method: 'SensorUpload', payload, type: 'application/json' });
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: 400,
      body: json({ code: 'invalid_argument', message }),
    });
  });

  it('a body over 64 KiB is resource_exhausted in our words, and ends the connection', async () => {
    const answer = await onlyOurs({ method: 'SensorUpload', payload: Buffer.alloc(64 * 1024 + 1) });
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: 429,
      body: json({ code: 'resource_exhausted', message: 'body: expected at most 64 KiB' }),
    });
  });

  it('a compressed body is unimplemented, and its encoding is not repeated', async () => {
    const { seal } = await session();
    for (const encoding of ['gzip', 'br', 'secret']) {
      const payload = gzipSync(seal('SensorUpload', batch(1), 1));
      const answer = await onlyOurs({ method: 'SensorUpload', payload, headers: { 'content-encoding': encoding } });
      expect({ status: answer.status, body: answer.body }).toEqual({
        status: 501,
        body: json({
          code: 'unimplemented',
          message: 'content-encoding: expected none, send the body uncompressed',
        }),
      });
    }
  });

  it.each(['12345678901', '-1', '1e3', ''])('a Connect-Timeout-Ms of "%s" is not repeated', async (timeout) => {
    const sent = { method: 'TimeSync', payload: Buffer.alloc(0), headers: { 'connect-timeout-ms': timeout } };
    const answer = await onlyOurs(sent);
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: 400,
      body: json({ code: 'invalid_argument', message: 'connect-timeout-ms: expected at most 10 digits' }),
    });
  });
});
