import { create, toBinary } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeyExchangeRequestSchema } from '#gen/device_service_pb.js';
import { aesGcm, generateEphemeral, initiate } from '../../src/crypto/noise.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { day, durationOf, minute, second, timestampOf } from '../../src/time.ts';
import { TestServer } from '../test-server.ts';
import { refusal, WireDevice } from '../wire-device.ts';

let server: TestServer;
let device: WireDevice;
beforeEach(async () => {
  server = await TestServer.start();
  device = await WireDevice.registered(server);
});
afterEach(() => server.stopAndRemove());

describe('KeyExchange', () => {
  it('welcomes a device with a session, the time and the intervals', async () => {
    const { status, message } = await device.shakeHands();
    expect(status).toBe(200);
    expect(message?.sessionId).not.toBe(0n);
    expect(message).toMatchObject({
      sessionLifetime: durationOf(day),
      serverTime: timestampOf(server.clock.wall()),
      settings: {
        sampleInterval: durationOf(10 * second),
        localTimeInterval: durationOf(second),
        ntpInterval: durationOf(minute),
      },
    });
  });

  it('gives an unknown device, a wrong key and a refused public key the same answer', async () => {
    const unknown = new WireDevice(server, 'nobody', Buffer.alloc(32, 1));
    const wrongKey = new WireDevice(server, 'greenhouse', Buffer.alloc(32, 1));
    const allZeroKey = new WireDevice(server, 'nobody', Buffer.alloc(32));
    const smallOrder = initiate(
      { cipher: aesGcm, psk: device.key, prologue: Buffer.from('sealpost.v1\0greenhouse') },
      { ...generateEphemeral(), publicKey: Buffer.alloc(32) },
      // A Hello: boot_id 7, an uptime of 9 s.
      Buffer.from([0x09, 7, 0, 0, 0, 0, 0, 0, 0, 0x12, 2, 0x08, 9]),
    );
    const request = create(KeyExchangeRequestSchema, { deviceId: 'greenhouse', handshake: smallOrder.message });
    const refused = await device.post('KeyExchange', toBinary(KeyExchangeRequestSchema, request));

    for (const outcome of [await unknown.shakeHands(), await wrongKey.shakeHands(), await allZeroKey.shakeHands()]) {
      expect({ status: outcome.status, error: outcome.error }).toEqual({ status: 401, error: refusal });
    }
    expect({ status: refused.status, error: JSON.parse(refused.body.toString()) }).toEqual({
      status: 401,
      error: refusal,
    });
    expect(server.log.join('')).toContain('X25519 refused the public key');
  });

  it('does not tell who is registered by what it says of a payload that is no Hello', async () => {
    for (const deviceId of ['nobody', 'greenhouse']) {
      const parameters = { cipher: aesGcm, psk: Buffer.alloc(32), prologue: Buffer.from(`sealpost.v1\0${deviceId}`) };
      const { message } = initiate(parameters, generateEphemeral(), Buffer.from([0xff]));
      const request = create(KeyExchangeRequestSchema, { deviceId, handshake: message });
      const response = await device.post('KeyExchange', toBinary(KeyExchangeRequestSchema, request));
      expect({ status: response.status, error: JSON.parse(response.body.toString()) }).toEqual({
        status: 401,
        error: refusal,
      });
    }
  });

  it('refuses a replayed message 1, at no charge to the device, and after a restart too', async () => {
    const { lastHello } = device;
    for (let copy = 0; copy < 30; copy += 1) {
      expect((await device.post('KeyExchange', lastHello)).status).toBe(401);
    }
    expect((await device.shakeHands()).status).toBe(200);
    await server.stop();
    server = await TestServer.start({ dataDirectory: server.dataDirectory, clock: server.clock });
    const restarted = new WireDevice(server, device.deviceId, device.key);
    expect((await restarted.post('KeyExchange', lastHello)).status).toBe(401);
    expect((await restarted.shakeHands(100 * second)).status).toBe(200);
  });

  it('writes that it took a handshake with the next upkeep, so that not even a crash lets a replay through', async () => {
    const claim = { deviceId: 'greenhouse', generation: 1, bootId: device.bootId, uptime: 2 * second };
    const crashed = await openSqliteStore({ dataDirectory: server.dataDirectory });
    expect(await crashed.describeDevice('greenhouse')).toMatchObject({ boots: 0 });
    await server.app.upkeep();
    await new Promise(setImmediate);
    expect(await crashed.describeDevice('greenhouse')).toMatchObject({ boots: 1 });
    expect(await crashed.claimHandshake(claim)).toBe(false);
    await crashed.close();
  });

  it('refuses an uptime that goes back within a boot and takes it in another boot', async () => {
    expect((await device.shakeHands(50 * second)).status).toBe(200);
    expect((await device.shakeHands(50 * second)).error).toEqual(refusal);
    expect((await device.shakeHands(49 * second)).error).toEqual(refusal);
    device.bootId += 1n;
    expect((await device.shakeHands(second)).status).toBe(200);
  });

  it('lets a device shake hands ten times at once, then once a second', async () => {
    for (let time = 1; time < 10; time += 1) expect((await device.shakeHands()).status).toBe(200);
    const limited = await device.shakeHands();
    expect(limited).toMatchObject({
      status: 429,
      error: { code: 'resource_exhausted' },
      headers: { 'retry-after': '1' },
    });
    const again = await device.post('KeyExchange', device.lastHello);
    expect(again.status, 'what was refused left no trace: it is no replay').toBe(429);
    server.clock.advance(second);
    expect((await device.shakeHands()).status).toBe(200);
  });

  it('makes one session of two copies that arrive together', async () => {
    const other = new WireDevice(server, 'cellar', await server.addDevice('cellar'));
    await other.shakeHands();
    const before = server.app.sessions.size;
    other.bootId += 1n;
    const copies = [other.shakeHands(second), other.shakeHands(second)];
    expect((await Promise.all(copies)).map(({ status }) => status).sort()).toEqual([200, 401]);
    expect(server.app.sessions.size).toBe(before + 1);
  });

  it('names a field that is wrong, never its value', async () => {
    const body = toBinary(
      KeyExchangeRequestSchema,
      create(KeyExchangeRequestSchema, { deviceId: 'Green_House', handshake: new Uint8Array(48) }),
    );
    const response = await device.post('KeyExchange', body);
    expect(response.status).toBe(400);
    expect(JSON.parse(response.body.toString())).toEqual({
      code: 'invalid_argument',
      message:
        'device_id: expected 1 to 32 characters: a lower-case letter, then lower-case letters, digits and hyphens',
    });
  });

  it.each([0, 47, 513, 4000])('refuses a message of %i bytes', async (length) => {
    const request = create(KeyExchangeRequestSchema, { deviceId: 'greenhouse', handshake: new Uint8Array(length) });
    const response = await device.post('KeyExchange', toBinary(KeyExchangeRequestSchema, request));
    expect({ status: response.status, error: JSON.parse(response.body.toString()) }).toEqual({
      status: 400,
      error: { code: 'invalid_argument', message: 'handshake: expected 48 to 512 bytes' },
    });
  });
});
