import { hostname } from 'node:os';
import { create, fromJson, type JsonValue, toBinary, toJson } from '@bufbuild/protobuf';
import { createConnectTransport } from '@connectrpc/connect-node';
import { afterAll, describe, expect } from 'vitest';
import { ClockReportSchema, ClockSource } from '#gen/clock_pb.js';
import {
  KeyExchangeRequestSchema,
  KeyExchangeResponseSchema,
  SensorUploadRequestSchema,
  SensorUploadResponseSchema,
} from '#gen/device_service_pb.js';
import { ReadingBatchSchema, UploadReceiptSchema } from '#gen/reading_pb.js';
import { generateEphemeral } from '../../src/crypto/noise.ts';
import { DeviceError } from '../../src/device/device-error.ts';
import { DeviceSession } from '../../src/device/device-session.ts';
import { beginHandshake } from '../../src/device/handshake.ts';
import { parsePlaintext } from '../../src/device/plaintext.ts';
import { durationOf, microsOfTimestamp, second, systemClock, timestampOf } from '../../src/time.ts';
import { testWithServer as test } from '../cli/place.ts';
import { addDevice, cleanUp, ServerProcess } from '../cli/process.ts';
import { reading } from '../wire-device.ts';
import { clientOver, closeConnections, connectDevice, description, newBootId, storedReadings } from './devices.ts';

afterAll(async () => {
  closeConnections();
  await cleanUp();
});

/** What GET /sensor gives of `reading`. */
const theSensors = {
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
};
const rfc3339 = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

/** `%A, %B %d %Y %H:%M:%S` of a time in RFC 3339, in the time zone UTC+1. */
function anHourEast(time: string): string {
  const shifted = new Date(Date.parse(time) + 3_600_000);
  const part = (options: Intl.DateTimeFormatOptions) =>
    shifted.toLocaleString('en-US', { ...options, timeZone: 'UTC' });
  const date = `${part({ weekday: 'long' })}, ${part({ month: 'long' })} ${part({ day: '2-digit' })} ${part({ year: 'numeric' })}`;
  return `${date} ${shifted.toISOString().slice(11, 19)}`;
}

/** The server's clock is this machine's, so what it says lies between two looks at it. */
function between(before: number, time: number | undefined): void {
  expect(time).toBeGreaterThanOrEqual(before);
  expect(time).toBeLessThanOrEqual(systemClock.wall());
}

describe.concurrent.each([
  {
    type: 'application/proto',
    connected: (url: string, key: Buffer) => connectDevice(url, 'greenhouse', key),
  },
  {
    type: 'application/json',
    connected: (baseUrl: string, key: Buffer) =>
      clientOver(createConnectTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat: false }), 'greenhouse', key),
  },
])('a device that speaks $type', ({ connected }) => {
  test('shakes hands, tells its time, and uploads what GET /sensor then shows', async ({ data, key, server }) => {
    expect(await server.latest()).toEqual({
      status: 404,
      json: {
        code: 'not_found',
        message: 'no reading yet: add a device with `sealpost device add`, or see simulated ones with `npm run demo`',
      },
    });
    const began = systemClock.wall();
    const device = connected(server.url, key);
    const { welcome } = await device.shakeHands();
    between(began, microsOfTimestamp(welcome.serverTime));
    expect(welcome).toMatchObject({
      sessionLifetime: { seconds: 24n * 3600n, nanos: 0 },
      settings: {
        sampleInterval: { seconds: 10n, nanos: 0 },
        localTimeInterval: { seconds: 1n, nanos: 0 },
        ntpInterval: { seconds: 60n, nanos: 0 },
      },
    });

    const answer = await device.client.syncTime(
      create(ClockReportSchema, {
        source: ClockSource.LOCAL,
        uptime: durationOf(systemClock.monotonic()),
        deviceTime: timestampOf(systemClock.wall()),
        utcOffsetSeconds: 3600,
      }),
    );
    between(began, microsOfTimestamp(answer.receiveTime));
    between(microsOfTimestamp(answer.receiveTime) ?? 0, microsOfTimestamp(answer.transmitTime));

    const collected = systemClock.wall();
    const latest = reading(2, { uptime: durationOf(systemClock.monotonic()) });
    const earlier = reading(1, { uptime: durationOf(systemClock.monotonic() - 10 * second) });
    const batch = create(ReadingBatchSchema, { bootId: device.bootId, readings: [earlier, latest] });
    expect(await device.client.upload(batch)).toMatchObject({ stored: 2, duplicates: 0, refusedSensors: 0 });
    expect(await device.client.upload(batch)).toMatchObject({ stored: 0, duplicates: 2, refusedSensors: 0 });
    expect(storedReadings(data)).toEqual([`greenhouse/${device.bootId}/1`, `greenhouse/${device.bootId}/2`]);

    const { status, json } = await server.latest();
    expect(status).toBe(200);
    expect(json).toEqual({
      ...theSensors,
      current_time: expect.any(String),
      device: 'greenhouse',
      collected_at: rfc3339,
      received_at: rfc3339,
    });
    const { collected_at, received_at, current_time } = json as Record<string, string>;
    const [collectedAt, receivedAt] = [collected_at, received_at].map((time) => Date.parse(time ?? '') * 1000);
    // A sample that took its time on the way makes a reading seem later, never earlier; text has milliseconds.
    between(collected - 2000, collectedAt);
    between(began, receivedAt);
    expect(current_time).toBe(anHourEast(collected_at ?? ''));
    expect(await server.latest('greenhouse')).toEqual({ status, json });
  });

  test('with the key of another device is refused, and nothing of it is stored', async ({ data, key, server }) => {
    const another = await addDevice(data, 'cellar');
    expect(another).not.toEqual(key);
    const refused = expect.objectContaining({ name: DeviceError.name, kind: 'unauthenticated' });
    await expect(connected(server.url, another).shakeHands()).rejects.toEqual(refused);
    await server.stop();
    expect(storedReadings(data)).toEqual([]);
    expect(server.log.filter(({ level }) => level >= 40)).toEqual([
      {
        level: 40,
        time: expect.any(Number),
        pid: server.run.child.pid,
        hostname: hostname(),
        call: 'KeyExchange',
        code: 'unauthenticated',
        remoteAddress: '127.0.0.1',
        msg: 'refused: wrong device key',
      },
    ]);
  });

  test('shakes hands again when the server was started anew, and goes on', async ({ data, key, server }) => {
    const device = connected(server.url, key);
    await device.shakeHands();
    await device.upload(1);
    await server.kill();
    await ServerProcess.start(data, [], { port: server.port });
    await expect(device.upload(1, 2)).rejects.toMatchObject({ name: DeviceError.name });
    await device.shakeHands();
    expect(await device.upload(1, 2)).toMatchObject({ stored: 1, duplicates: 1 });
  });
});

test.concurrent('the REST twins take an upload as JSON, with nothing but fetch', async ({ key, server }) => {
  const post = async (path: string, body: JsonValue): Promise<JsonValue> => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    expect(response.status).toBe(200);
    return (await response.json()) as JsonValue;
  };
  const bootId = newBootId();
  const handshake = beginHandshake(
    { deviceId: 'greenhouse', deviceKey: key },
    { ...description, bootId, uptime: systemClock.monotonic() },
    generateEphemeral(),
  );
  const answer = await post('/dh-key-exchange', toJson(KeyExchangeRequestSchema, handshake.request));
  const { welcome, keys } = handshake.finish(fromJson(KeyExchangeResponseSchema, answer));
  const session = new DeviceSession(welcome.sessionId, keys);
  const batch = create(ReadingBatchSchema, { bootId, readings: [reading(1)] });
  const record = session.seal('SensorUpload', toBinary(ReadingBatchSchema, batch));
  const upload = create(SensorUploadRequestSchema, { record });
  const response = fromJson(
    SensorUploadResponseSchema,
    await post('/sensor', toJson(SensorUploadRequestSchema, upload)),
  );
  const receipt = parsePlaintext(UploadReceiptSchema, session.open('SensorUpload', record, response.record));
  expect(receipt).toMatchObject({ stored: 1, duplicates: 0 });
  expect((await server.latest('greenhouse')).json).toMatchObject({ ...theSensors, device: 'greenhouse' });
});
