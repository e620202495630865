import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import { afterAll, describe, expect } from 'vitest';
import { DeviceService, SensorUploadRequestSchema, SensorUploadResponseSchema } from '#gen/device_service_pb.js';
import { ReadingBatchSchema, UploadReceiptSchema } from '#gen/reading_pb.js';
import { generateEphemeral } from '../../src/crypto/noise.ts';
import { connectTo } from '../../src/device/connection.ts';
import { DeviceError } from '../../src/device/device-error.ts';
import { DeviceSession } from '../../src/device/device-session.ts';
import { beginHandshake } from '../../src/device/handshake.ts';
import { systemClock } from '../../src/time.ts';
import { closeConnections, connectDevice, description, newBootId, storedReadings } from '../end-to-end/devices.ts';
import { reading } from '../wire-device.ts';
import { testWithServer as test } from './place.ts';
import { cleanUp, type ServerProcess } from './process.ts';

/** A server that does not end by itself would live on until a keep-alive of 75 s is over, or for ever. */
const bounded = { timeout: 30_000 };

const sockets: Socket[] = [];
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  closeConnections();
  await cleanUp();
});

async function openSocket(server: ServerProcess): Promise<Socket> {
  const socket = connect(server.port, '127.0.0.1');
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

/** An upload of one reading as the bytes of an HTTP request, and what opens its response. */
async function sealedUpload(server: ServerProcess, key: Buffer) {
  const bootId = newBootId();
  const connection = connectTo(server.url);
  const hello = { ...description, bootId, uptime: systemClock.monotonic() };
  const handshake = beginHandshake({ deviceId: 'greenhouse', deviceKey: key }, hello, generateEphemeral());
  const service = createClient(DeviceService, connection.transport);
  const { welcome, keys } = handshake.finish(await service.keyExchange(handshake.request));
  connection.close();
  const session = new DeviceSession(welcome.sessionId, keys);
  const batch = create(ReadingBatchSchema, { bootId, readings: [reading(1)] });
  const record = session.seal('SensorUpload', toBinary(ReadingBatchSchema, batch));
  const body = toBinary(SensorUploadRequestSchema, create(SensorUploadRequestSchema, { record }));
  return {
    name: `greenhouse/${bootId}/1`,
    request: Buffer.concat([
      Buffer.from(
        'POST /sealpost.v1.DeviceService/SensorUpload HTTP/1.1\r\nHost: localhost\r\n' +
          `Content-Type: application/proto\r\nContent-Length: ${body.length}\r\n\r\n`,
      ),
      body,
    ]),
    /** The receipt in an HTTP response. Throws unless its tag verifies. */
    receiptIn(response: Buffer) {
      const end = response.indexOf('\r\n\r\n');
      expect(response.subarray(0, end).toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      const answer = fromBinary(SensorUploadResponseSchema, response.subarray(end + 4));
      return fromBinary(UploadReceiptSchema, session.open('SensorUpload', record, answer.record));
    },
  };
}

const ended = { code: 0, stderr: '', stdout: expect.stringContaining('stopped: every receipt that was sent is in') };

describe.concurrent.each(['SIGINT', 'SIGTERM'] as const)('%s', (signal) => {
  test('ends a server at once that devices keep connections to', bounded, async ({ key, server }) => {
    const device = connectDevice(server.url, 'greenhouse', key);
    await device.shakeHands();
    await device.upload(1);
    expect(await server.stop(signal)).toEqual(ended);
  });

  test(
    'lets an upload that has begun to arrive come to its end, with its receipt',
    bounded,
    async ({ data, key, server }) => {
      const upload = await sealedUpload(server, key);
      const socket = await openSocket(server);
      const response: Buffer[] = [];
      socket.on('data', (chunk) => response.push(chunk));
      // Up to the middle of the body; the next request on another connection shows that it has been read.
      socket.write(upload.request.subarray(0, -40));
      await server.latest();
      server.run.signal(signal);
      await server.run.output(/stopping: answering what has arrived/);
      socket.write(upload.request.subarray(-40));
      await once(socket, 'close');
      expect(upload.receiptIn(Buffer.concat(response))).toMatchObject({ stored: 1, duplicates: 0 });
      expect(await server.run.ended).toEqual(ended);
      expect(storedReadings(data)).toEqual([upload.name]);
    },
  );

  test(
    'in the middle of uploads leaves every one with its receipt in the store',
    bounded,
    async ({ data, key, server }) => {
      const receipted: string[] = [];
      const enough = Promise.withResolvers<void>();
      const uploads = [1, 2, 3, 4].map(async () => {
        const device = connectDevice(server.url, 'greenhouse', key);
        await device.shakeHands();
        for (let sequence = 1; sequence <= 5000; sequence += 1) {
          await device.upload(sequence);
          receipted.push(`greenhouse/${device.bootId}/${sequence}`);
          if (receipted.length === 100) enough.resolve();
        }
      });
      const outcomes = Promise.allSettled(uploads);
      await enough.promise;
      expect(await server.stop(signal)).toEqual(ended);
      expect(await outcomes).toEqual(Array(4).fill({ status: 'rejected', reason: expect.any(DeviceError) }));
      const stored = new Set(storedReadings(data));
      expect(receipted.filter((name) => !stored.has(name))).toEqual([]);
      // At most one of each device was committed when its answer could not be sent any more.
      expect(stored.size - receipted.length).toBeLessThanOrEqual(4);
    },
  );
});

test(
  'neither a request that never ends nor a connection without one keeps a server from stopping',
  bounded,
  async ({ data, key, server }) => {
    const { name, request } = await sealedUpload(server, key);
    await openSocket(server);
    const socket = await openSocket(server);
    socket.write(request.subarray(0, -40));
    await server.latest();
    expect(await server.stop()).toEqual(ended);
    expect(storedReadings(data)).not.toContain(name);
  },
);

test.concurrent('a signal that comes twice, as npm passes it on, asks once', bounded, async ({ data, key, server }) => {
  const upload = await sealedUpload(server, key);
  const socket = await openSocket(server);
  socket.write(upload.request.subarray(0, -40));
  await server.latest();
  // Two of one kind might become one on the way.
  server.run.signal('SIGINT');
  server.run.signal('SIGTERM');
  await server.run.output(/stopping: answering what has arrived/);
  socket.write(upload.request.subarray(-40));
  expect(await server.run.ended).toEqual(ended);
  expect(storedReadings(data)).toEqual([upload.name]);
});

test.concurrent('whoever can not wait ends a server by asking again', bounded, async ({ key, server }) => {
  const { request } = await sealedUpload(server, key);
  const socket = await openSocket(server);
  socket.write(request.subarray(0, -40));
  await server.latest();
  const again = setInterval(() => server.run.signal('SIGINT'), 100);
  expect(await server.run.ended).toMatchObject({ code: 130, stderr: '' });
  clearInterval(again);
});
