import { fromBinary, fromJson, toJson } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  KeyExchangeRequestSchema,
  SensorUploadRequestSchema,
  SensorUploadResponseSchema,
} from '#gen/device_service_pb.js';
import { UploadReceiptSchema } from '#gen/reading_pb.js';
import { openRecord } from '../../src/crypto/record.ts';
import { durationOf, second } from '../../src/time.ts';
import { isLocalReader } from '../../src/wire/local-reader.ts';
import { TestServer } from '../test-server.ts';
import { reading, WireDevice } from '../wire-device.ts';

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server.stopAndRemove());

describe('GET /dh-key-exchange', () => {
  it('describes the protocol to anyone', async () => {
    expect(await server.get('/dh-key-exchange', { host: 'pi.local' })).toEqual({
      status: 200,
      json: {
        protocol: 'Noise_NNpsk0_25519_AESGCM_SHA256',
        version: 'sealpost.v1',
        prologue: expect.stringContaining('sealpost.v1'),
        records: expect.stringContaining('A128CBC-HS256'),
        document: 'docs/protocol-v1.md',
      },
    });
  });
});

describe('the REST twins', () => {
  it('take and give the JSON of the RPCs', async () => {
    const device = await WireDevice.registered(server);
    await device.shakeHands();
    const hello = toJson(KeyExchangeRequestSchema, fromBinary(KeyExchangeRequestSchema, device.lastHello));
    expect(hello).toEqual({ deviceId: 'greenhouse', handshake: expect.stringMatching(/^[A-Za-z0-9+/]+={0,2}$/) });
    const replay = await server.request({ method: 'POST', url: '/dh-key-exchange', payload: hello as object });
    expect(replay.status).toBe(401);

    const body = fromBinary(SensorUploadRequestSchema, device.sealBatch({ readings: [reading(1)] }));
    const json = toJson(SensorUploadRequestSchema, body) as { record: { sessionId: string; counter: string } };
    expect(json.record).toMatchObject({ sessionId: device.current.sessionId.toString(), counter: '1' });
    const response = await server.request({ method: 'POST', url: '/sensor', payload: json });
    expect(response.status).toBe(200);
    const { record } = fromJson(SensorUploadResponseSchema, JSON.parse(response.body.toString()));
    const place = { method: 'SensorUpload' as const, sessionId: device.current.sessionId, counter: 1 };
    const opened = openRecord(device.current.keys.receive, place, Buffer.from(record!.sealed));
    expect(fromBinary(UploadReceiptSchema, (opened as { plaintext: Buffer }).plaintext)).toMatchObject({ stored: 1 });
  });

  it('give a handshake that a device can finish', async () => {
    const device = new WireDevice(server, 'greenhouse', await server.addDevice('greenhouse'));
    // The device posts binary; here its request goes through the JSON twin and comes back as binary.
    device.post = async (_method, body) => {
      const json = toJson(KeyExchangeRequestSchema, fromBinary(KeyExchangeRequestSchema, body)) as object;
      const response = await server.request({ method: 'POST', url: '/dh-key-exchange', payload: json });
      const { handshake } = JSON.parse(response.body.toString()) as { handshake: string };
      return {
        ...response,
        body: Buffer.concat([
          Buffer.from([0x0a, Buffer.from(handshake, 'base64').length]),
          Buffer.from(handshake, 'base64'),
        ]),
      };
    };
    expect((await device.shakeHands()).message?.sessionId).toBe(device.current.sessionId);
  });
});

describe('GET /sensor', () => {
  it('is 404 with what to do while there is no reading', async () => {
    expect(await server.get('/sensor')).toEqual({
      status: 404,
      json: { code: 'not_found', message: expect.stringContaining('sealpost device add') },
    });
    expect(await server.get('/sensor?device=nobody')).toEqual({
      status: 404,
      json: { code: 'not_found', message: expect.stringContaining('no such device') },
    });
  });

  it('gives the latest reading, whole', async () => {
    const device = await WireDevice.registered(server);
    await device.syncTime({ uptime: durationOf(10 * second), roundTrip: durationOf(0), utcOffsetSeconds: 7200 });
    await device.upload({ readings: [reading(1)] });
    expect((await server.get('/sensor')).json).toEqual({
      pressure_bmp: 1013.25,
      temp_bmp: 21.46,
      ax: 0.1235,
      ay: -0.5,
      az: 9.8067,
      gx: 0.01,
      gy: 0,
      gz: -0.02,
      temp_mpu: 24.5,
      temp_sht4: 21.3,
      humid_sht4: 45.68,
      current_time: 'Sunday, November 22 2026 14:00:00',
      device: 'greenhouse',
      collected_at: '2026-11-22T12:00:00.000Z',
      received_at: '2026-11-22T12:00:00.000Z',
    });
  });

  it('picks a device, and the latest by its time, not by its arrival', async () => {
    const [one, two] = [await WireDevice.registered(server, 'one'), await WireDevice.registered(server, 'two')];
    // Both shook hands at an uptime of 2 s.
    server.clock.advance(98 * second);
    for (const device of [one, two])
      await device.syncTime({ uptime: durationOf(100 * second), roundTrip: durationOf(0) });
    await one.upload({ readings: [reading(9)] });
    await two.upload({ readings: [reading(8)] });
    await one.upload({ readings: [reading(3)] });
    expect((await server.get('/sensor')).json).toMatchObject({
      device: 'one',
      collected_at: '2026-11-22T12:01:28.000Z',
    });
    expect((await server.get('/sensor?device=two')).json).toMatchObject({
      device: 'two',
      collected_at: '2026-11-22T12:01:18.000Z',
    });
    expect(await server.get('/sensor?device=three')).toMatchObject({ status: 404 });
  });

  it.each(['/sensor?device=A%20B', "/sensor?device=x'%20or%201=1", '/sensor?device=a&device=b', '/sensor?device='])(
    'refuses %s',
    async (url) => {
      expect(await server.get(url)).toEqual({
        status: 400,
        json: { code: 'invalid_argument', message: expect.stringMatching(/^device/) },
      });
    },
  );
});

describe('reading from elsewhere', () => {
  const from = async (remoteAddress: string, headers: Record<string, string>, config = server) =>
    (await config.app.http.inject({ method: 'GET', url: '/sensor', remoteAddress, headers })).statusCode;

  it.each([
    ['127.0.0.1', { host: 'localhost' }],
    ['127.8.9.1', { host: '127.0.0.1:8080' }],
    ['::1', { host: '[::1]:8080' }],
    ['::ffff:127.0.0.1', { host: 'LOCALHOST:8080' }],
  ])('is let in from %s with %o', async (address, headers) => {
    expect(await from(address, headers)).toBe(404);
  });

  it.each([
    ['192.168.1.7', { host: 'localhost' }],
    ['::ffff:192.168.1.7', { host: 'localhost' }],
    ['127.0.0.1', { host: 'evil.example' }],
    ['127.0.0.1', { host: 'localhost.evil.example' }],
    ['127.0.0.1', { host: '127.0.0.1.evil.example:8080' }],
    ['127.0.0.1', { host: '192.168.1.7:8080' }],
    ['127.0.0.1', { host: 'localhost', 'x-forwarded-for': '8.8.8.8' }],
    ['127.0.0.1', { host: 'localhost', forwarded: 'for=8.8.8.8' }],
    ['127.0.0.1', { host: 'localhost', via: '1.1 proxy' }],
    ['127.0.0.1', { host: 'localhost', 'x-real-ip': '' }],
  ])('is refused from %s with %o', async (address, headers) => {
    expect(await from(address, headers)).toBe(401);
  });

  it('is refused over HTTP/1.0, which proxies speak that add no header', async () => {
    const request = {
      raw: { httpVersion: '1.0', socket: { remoteAddress: '127.0.0.1' } },
      headers: { host: 'localhost' },
    };
    expect(isLocalReader(request as unknown as Parameters<typeof isLocalReader>[0])).toBe(false);
    request.raw.httpVersion = '1.1';
    expect(isLocalReader(request as unknown as Parameters<typeof isLocalReader>[0])).toBe(true);
  });

  it('is let in from anywhere when the operator said so', async () => {
    const open = await TestServer.start({ config: { openReads: true } });
    expect(await from('192.168.1.7', { host: 'pi.local' }, open)).toBe(404);
    await open.stopAndRemove();
  });
});
