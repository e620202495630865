/** Readers over the whole server: its store, a device that uploads, tokens. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { Code, createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeyState, ReadingService } from '#gen/reading_service_pb.js';
import { commandLine } from '../../src/access/actor.ts';
import { TokenAdmin } from '../../src/access/token-admin.ts';
import { durationOf, second } from '../../src/time.ts';
import { TestServer } from '../test-server.ts';
import { reading, WireDevice } from '../wire-device.ts';

let server: TestServer;
let baseUrl: string;
beforeEach(async () => {
  server = await TestServer.start();
  baseUrl = await server.app.http.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(() => server.stopAndRemove());

function clientWith(token?: string) {
  const transport = createConnectTransport({
    baseUrl,
    httpVersion: '1.1',
    interceptors: [
      (next) => (request) => {
        if (token) request.header.set('authorization', `Bearer ${token}`);
        return next(request);
      },
    ],
  });
  return createClient(ReadingService, transport);
}

async function deviceWithReadings(deviceId: string, count: number): Promise<WireDevice> {
  const device = await WireDevice.registered(server, deviceId);
  await device.syncTime({ uptime: durationOf(0), roundTrip: durationOf(0) });
  server.clock.advance(count * 10 * second);
  await device.upload({ readings: Array.from({ length: count }, (_, index) => reading(index + 1)) });
  return device;
}

describe('a reader on the machine itself', () => {
  it('sees what a device has uploaded, live and later', async () => {
    const client = clientWith();
    const stream = client.watchReadings({})[Symbol.asyncIterator]();
    const begins = (await stream.next()).value;
    const message = stream.next();
    await deviceWithReadings('greenhouse', 3);
    expect((await message).value.readings.map(({ sequence }: { sequence: bigint }) => sequence)).toEqual([1n, 2n, 3n]);
    await stream.return?.();

    const { readings } = await client.listReadings({ deviceId: 'greenhouse' });
    expect(readings.map(({ sequence }) => sequence)).toEqual([3n, 2n, 1n]);
    const resumed = client.watchReadings({ cursor: begins.cursor })[Symbol.asyncIterator]();
    await resumed.next();
    expect((await resumed.next()).value.readings).toHaveLength(3);
    await resumed.return?.();
    expect(await client.getDevice({ deviceId: 'greenhouse' })).toMatchObject({
      device: { keyState: KeyState.CURRENT, firmwareVersion: '1.0.0', latestReading: { sequence: 3n } },
      boots: 1n,
      readings: 3n,
      missingReadings: 0n,
    });
    expect((await server.get('/sensor/history?device=greenhouse&limit=2')).json).toHaveLength(2);
  });

  it('goes on from its cursor after the server was started again', async () => {
    const stream = clientWith().watchReadings({})[Symbol.asyncIterator]();
    const { cursor } = (await stream.next()).value;
    await stream.return?.();
    await deviceWithReadings('greenhouse', 2);
    await server.stop();
    const { dataDirectory, clock } = server;
    server = await TestServer.start({ dataDirectory, clock });
    baseUrl = await server.app.http.listen({ host: '127.0.0.1', port: 0 });
    const resumed = clientWith().watchReadings({ cursor })[Symbol.asyncIterator]();
    await resumed.next();
    expect((await resumed.next()).value.readings).toHaveLength(2);
    await resumed.return?.();
  });
});

describe('a token for one device', () => {
  it('reads that device and no other, and sees no other in any list', async () => {
    await deviceWithReadings('attic', 1);
    await deviceWithReadings('greenhouse', 1);
    const token = await server.addToken('wall', 'reader', { deviceId: 'attic' });
    const client = clientWith(token);
    const denied = { code: Code.PermissionDenied };
    for (const deviceId of ['greenhouse', 'nobody']) {
      await expect(client.listReadings({ deviceId })).rejects.toMatchObject(denied);
      await expect(client.getDevice({ deviceId })).rejects.toMatchObject(denied);
      await expect(client.getLatestReading({ deviceId })).rejects.toMatchObject(denied);
      await expect(client.aggregateReadings({ deviceId })).rejects.toMatchObject(denied);
      await expect(client.watchReadings({ deviceId })[Symbol.asyncIterator]().next()).rejects.toMatchObject(denied);
      const headers = { authorization: `Bearer ${token}` };
      expect(await server.get(`/sensor/history?device=${deviceId}`, headers)).toMatchObject({ status: 403 });
    }
    expect(await client.getLatestReading({})).toMatchObject({ reading: { deviceId: 'attic' } });
    expect((await client.listDevices({})).devices.map(({ deviceId }) => deviceId)).toEqual(['attic']);
    const listed = await server.get('/devices', { authorization: `Bearer ${token}` });
    expect(listed.json).toMatchObject([{ device: 'attic' }]);

    const stream = client.watchReadings({})[Symbol.asyncIterator]();
    await stream.next();
    const message = stream.next();
    await deviceWithReadings('cellar', 1);
    server.clock.advance(15 * second);
    await server.app.upkeep();
    expect((await message).value.readings).toEqual([]);
    await stream.return?.();
  });

  it('ends its stream when it is revoked', async () => {
    const stream = clientWith(await server.addToken('wall', 'reader'))
      .watchReadings({})
      [Symbol.asyncIterator]();
    await stream.next();
    const message = stream.next();
    await server.app.upkeep();
    const admin = new TokenAdmin({
      store: server.store.access,
      now: () => server.clock.wall(),
      randomBytes: (size) => Buffer.alloc(size),
    });
    await admin.revoke('wall', commandLine);
    // A grant may be asked for as rarely as once a second.
    server.clock.advance(second);
    await server.app.upkeep();
    await expect(message).rejects.toMatchObject({ code: Code.Unauthenticated });
  });

  it('does not help when it is wrong', async () => {
    await expect(clientWith('wrong').listDevices({})).rejects.toMatchObject({ code: Code.Unauthenticated });
    const stream = clientWith('wrong').watchReadings({})[Symbol.asyncIterator]();
    await expect(stream.next()).rejects.toMatchObject({ code: Code.Unauthenticated });
  });
});

describe('a request over a bare connection', () => {
  async function answerTo(...lines: string[]): Promise<string> {
    const socket = connect(Number(new URL(baseUrl).port), '127.0.0.1');
    socket.end(`${lines.join('\r\n')}\r\n\r\n`);
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    await once(socket, 'close');
    return answer;
  }

  it.each([
    ['no Host', []],
    ['a Host that is none', ['Host: a b']],
    ['a Host with an endless port', ['Host: localhost:99999999999']],
  ])('with %s is refused, not failed', async (_case, headers) => {
    const token = `Authorization: Bearer ${await server.addToken('wall', 'reader')}`;
    const path = '/sealpost.v1.ReadingService/ListDevices?encoding=json&message=%7B%7D';
    const answer = await answerTo(`GET ${path} HTTP/1.0`, token, ...headers);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain(
      '{"code":"invalid_argument","message":"host: expected the name or address of this server"}',
    );
    expect(server.log.join('')).not.toContain('"level":50');
  });
});
