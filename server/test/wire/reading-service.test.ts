import { once } from 'node:events';
import { ServerResponse } from 'node:http';
import { create, type MessageInitShape, toBinary, toJsonString } from '@bufbuild/protobuf';
import { Code, createClient, type Transport } from '@connectrpc/connect';
import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  GetLatestReadingRequestSchema,
  KeyState,
  ListReadingsRequestSchema,
  ReadingOrder,
  ReadingService,
} from '#gen/reading_service_pb.js';
import { minute, second, timestampOf } from '../../src/time.ts';
import { everySensor } from '../every-sensor.ts';
import { deviceSummary, noon, storedReading } from '../readers/memory-store.ts';
import { ReadersPlace } from './readers-place.ts';

let place: ReadersPlace;
let baseUrl: string;
beforeEach(async () => {
  place = await ReadersPlace.open();
  baseUrl = await place.listen();
});
afterEach(() => place.close());

const protocols: readonly [string, () => Transport][] = [
  ['Connect, binary', () => createConnectTransport({ baseUrl, httpVersion: '1.1' })],
  ['Connect, JSON', () => createConnectTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat: false })],
  ['Connect by GET', () => createConnectTransport({ baseUrl, httpVersion: '1.1', useHttpGet: true })],
  ['gRPC-Web', () => createGrpcWebTransport({ baseUrl, httpVersion: '1.1' })],
  ['gRPC-Web, JSON', () => createGrpcWebTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat: false })],
];

describe.each(protocols)('over %s', (_, transport) => {
  const client = () => createClient(ReadingService, transport());

  it('readings come whole', async () => {
    place.store.receive(
      storedReading(1, { ownTime: noon + 1500, timeSource: 3, utcOffsetSeconds: -3600 }),
      storedReading(2, { bmp280: null, mpu6050: null, receivedAt: null, uptime: null }),
    );
    const { readings, nextPageToken } = await client().listReadings({
      deviceId: 'greenhouse',
      order: ReadingOrder.OLDEST_FIRST,
    });
    expect(nextPageToken).toBe('');
    expect(readings).toMatchObject([
      {
        deviceId: 'greenhouse',
        bootId: 0x0000000100000001n,
        sequence: 1n,
        collectedTime: timestampOf(noon + second),
        receivedTime: timestampOf(noon + second + 10_000),
        ownTime: timestampOf(noon + 1500),
        timeSource: 3,
        uptime: { seconds: 1n, nanos: 0 },
        utcOffsetSeconds: -3600,
        bmp280: everySensor.bmp280,
        mpu6050: {
          accelerationMps2: everySensor.mpu6050.acceleration,
          angularVelocityRps: everySensor.mpu6050.angularVelocity,
          temperatureCelsius: everySensor.mpu6050.temperatureCelsius,
        },
        sht4x: everySensor.sht4x,
      },
      { sequence: 2n, sht4x: everySensor.sht4x },
    ]);
    for (const absent of ['bmp280', 'mpu6050', 'receivedTime', 'ownTime', 'uptime', 'utcOffsetSeconds'] as const)
      expect(readings[1]?.[absent]).toBeUndefined();
    const { reading } = await client().getLatestReading({});
    expect(reading).toEqual(readings[1]);
  });

  it('pages follow each other', async () => {
    place.store.receive(storedReading(1), storedReading(2), storedReading(3));
    const request = { deviceId: 'greenhouse', pageSize: 2 };
    const first = await client().listReadings(request);
    const second = await client().listReadings({ ...request, pageToken: first.nextPageToken });
    expect([first, second].map(({ readings }) => readings.map(({ sequence }) => sequence))).toEqual([[3n, 2n], [1n]]);
  });

  it('aggregates come column by column', async () => {
    place.store.receive(storedReading(0), storedReading(1), storedReading(40));
    const aggregate = await client().aggregateReadings({
      deviceId: 'greenhouse',
      startTime: timestampOf(noon),
      endTime: timestampOf(noon + minute),
      buckets: { case: 'bucketCount', value: 3 },
    });
    expect(aggregate).toMatchObject({
      startTime: timestampOf(noon),
      bucketWidth: { seconds: 20n, nanos: 0 },
      bucketCount: 3,
    });
    expect(aggregate.channels).toHaveLength(11);
    expect(aggregate.channels[1]).toMatchObject({
      channel: 'bmp280.pressure_pascals',
      buckets: [0, 2],
      min: [101_325, 101_325],
      mean: [101_325, 101_325],
      max: [101_325, 101_325],
      count: [2, 1],
    });
  });

  it('a device comes in full, in its own words', async () => {
    const words = '<script>alert(1)</script>';
    place.store.devices.push(
      deviceSummary('attic', { currentGeneration: null, pendingGeneration: 4 }),
      deviceSummary('greenhouse', {
        firmwareVersion: words,
        lastReceivedAt: noon,
        refusedSensors: 3,
        status: { queuedReadings: 1, droppedReadings: 2n, freeHeapBytes: 3, rssiDbm: -60 },
      }),
    );
    place.store.receive(storedReading(1, { ownTime: noon, timeSource: 3 }));
    place.store.samples = [0, 1200].map((seconds) => ({
      uptime: seconds * second,
      serverTime: noon + seconds * second,
      uncertainty: 1000,
      epoch: 1,
    }));
    expect(await client().getDevice({ deviceId: 'greenhouse' })).toMatchObject({
      device: {
        deviceId: 'greenhouse',
        keyState: KeyState.CURRENT,
        firmwareVersion: words,
        lastReceivedTime: timestampOf(noon),
        status: { queuedReadings: 1, droppedReadings: 2n, freeHeapBytes: 3, rssiDbm: -60 },
        refusedSensors: 3n,
        latestReading: { sequence: 1n },
      },
      boots: 1n,
      readings: 1n,
      missingReadings: 0n,
      clock: {
        offset: { seconds: 1n, nanos: 0 },
        uncertainty: { seconds: 0n, nanos: 1_050_000 },
        driftPpm: 0,
        samples: 2,
      },
    });
    const first = await client().listDevices({ pageSize: 1 });
    expect(first.devices).toMatchObject([{ deviceId: 'attic', keyState: KeyState.NEW }]);
    const rest = await client().listDevices({ pageToken: first.nextPageToken });
    expect(rest).toMatchObject({ devices: [{ deviceId: 'greenhouse' }], nextPageToken: '' });
  });

  it('what arrives comes as it arrives, and the stream goes on from its cursor', async () => {
    const left = new AbortController();
    const stream = client().watchReadings({}, { signal: left.signal })[Symbol.asyncIterator]();
    const begins = (await stream.next()).value;
    expect(begins).toMatchObject({ readings: [] });
    const message = stream.next();
    place.store.receive(storedReading(1), storedReading(2, { resolvedTime: null }));
    expect((await message).value.readings).toMatchObject([{ sequence: 1n }, { sequence: 2n, deviceId: 'greenhouse' }]);
    left.abort();
    await expect(stream.next()).rejects.toMatchObject({ code: Code.Canceled });

    const again = client().watchReadings({ cursor: begins.cursor })[Symbol.asyncIterator]();
    await again.next();
    expect((await again.next()).value.readings).toHaveLength(2);
    const last = again.next();
    place.readers.hub.close();
    await expect(last).rejects.toMatchObject({ code: Code.Unavailable });
  });

  it.each<[string, MessageInitShape<typeof ListReadingsRequestSchema>, string]>([
    ['no device', {}, 'device_id: expected 1 to 32 characters'],
    ['an injected device', { deviceId: "x' OR 1=1; --" }, 'device_id: expected 1 to 32 characters'],
    [
      'a reversed range',
      { deviceId: 'greenhouse', startTime: timestampOf(noon), endTime: timestampOf(noon - 1) },
      'end_time: expected a time after start_time',
    ],
    [
      'a time of another age',
      { deviceId: 'greenhouse', startTime: { seconds: 99_999_999_999n } },
      'start_time: expected a time from 1970 on and before 2200',
    ],
    ['too large a page', { deviceId: 'greenhouse', pageSize: 1001 }, 'page_size: expected at most 1000'],
    ['a forged token', { deviceId: 'greenhouse', pageToken: 'forged' }, 'page_token: expected the next_page_token'],
    [
      'an order that there is not',
      { deviceId: 'greenhouse', order: 9 as ReadingOrder },
      'order: expected a ReadingOrder',
    ],
  ])('%s is refused without its value', async (_case, request, message) => {
    place.store.receive(storedReading(1));
    await expect(client().listReadings(request)).rejects.toMatchObject({
      code: Code.InvalidArgument,
      rawMessage: expect.stringContaining(message),
    });
  });

  it('an aggregate without bounds, and a cursor that is none, are refused', async () => {
    place.store.receive(storedReading(1));
    const range = { deviceId: 'greenhouse', startTime: timestampOf(noon), endTime: timestampOf(noon + second) };
    for (const [request, field] of [
      [range, 'bucket_count'],
      [{ ...range, startTime: undefined }, 'start_time'],
      [
        {
          ...range,
          endTime: timestampOf(noon + 100 * 366 * 86_400 * second),
          buckets: { case: 'bucketCount', value: 1 },
        },
        'end_time',
      ],
      [{ ...range, buckets: { case: 'bucketCount', value: 2001 } }, 'bucket_count'],
      [{ ...range, buckets: { case: 'bucketWidth', value: { seconds: -1n } } }, 'bucket_width'],
    ] as const)
      await expect(client().aggregateReadings(request)).rejects.toMatchObject({
        code: Code.InvalidArgument,
        rawMessage: expect.stringMatching(`^${field}: expected `),
      });
    const watching = client().watchReadings({ cursor: 'forged' })[Symbol.asyncIterator]();
    await expect(watching.next()).rejects.toMatchObject({ code: Code.InvalidArgument });
  });

  it('an unknown device is not found', async () => {
    const unknown = { code: Code.NotFound };
    const range = { startTime: timestampOf(noon), endTime: timestampOf(noon + second) };
    const one = { deviceId: 'nobody' };
    await expect(client().getLatestReading(one)).rejects.toMatchObject(unknown);
    await expect(client().listReadings(one)).rejects.toMatchObject(unknown);
    await expect(client().getDevice(one)).rejects.toMatchObject(unknown);
    await expect(
      client().aggregateReadings({ ...one, ...range, buckets: { case: 'bucketCount', value: 1 } }),
    ).rejects.toMatchObject(unknown);
  });
});

describe('a request that is no message', () => {
  const message = toBinary(ListReadingsRequestSchema, create(ListReadingsRequestSchema, { deviceId: 'greenhouse' }));
  const envelope = (body: Uint8Array, flags = 0, length = body.length) => {
    const head = Buffer.from([flags, 0, 0, 0, 0]);
    head.writeUInt32BE(length, 1);
    return Buffer.concat([head, body]);
  };

  async function post(method: string, type: string, body: Buffer | string, headers: Record<string, string> = {}) {
    const response = await place.http.inject({
      method: 'POST',
      url: `/sealpost.v1.ReadingService/${method}`,
      headers: { host: 'localhost', 'content-type': type, ...headers },
      payload: body,
    });
    return { status: response.statusCode, headers: response.headers, text: response.payload };
  }

  it.each([...message.keys()].slice(1))('is invalid when cut at %i bytes, never 500', async (length) => {
    const { status, text } = await post('ListReadings', 'application/proto', Buffer.from(message.subarray(0, length)));
    expect({ status, json: JSON.parse(text) }).toEqual({
      status: 400,
      json: { code: 'invalid_argument', message: expect.stringMatching(/^(body|device_id): /) },
    });
    const web = await post('ListReadings', 'application/grpc-web+proto', envelope(message.subarray(0, length)));
    expect(web.text + web.headers['grpc-status']).toMatch(/grpc-status: 3|3$/);
    const cut = await post('ListReadings', 'application/grpc-web', envelope(message).subarray(0, length + 4));
    expect(cut.text + cut.headers['grpc-status']).toMatch(/grpc-status: 3|3$/);
  });

  it.each([
    ['{"deviceId": 42}', 'ListReadingsRequest.device_id: expected a string'],
    ['{"pageSize": "secret"}', 'ListReadingsRequest.page_size: expected a whole number, not negative'],
    ['{"startTime": "secret"}', 'ListReadingsRequest.start_time: expected a time such as "2026-11-22T12:00:00Z"'],
    ['{"order": ["secret"]}', 'ListReadingsRequest.order: expected a name of sealpost.v1.ReadingOrder'],
    ['{"secret', 'body: expected a sealpost.v1.ListReadingsRequest in JSON'],
  ])('is named without its value: %s', async (body, expected) => {
    const { status, text } = await post('ListReadings', 'application/json', body);
    expect({ status, json: JSON.parse(text) }).toEqual({
      status: 400,
      json: { code: 'invalid_argument', message: expected },
    });
    const query = new URLSearchParams({ encoding: 'json', message: body });
    expect(await place.getJson(`/sealpost.v1.ReadingService/ListReadings?${query}`)).toEqual({
      status: 400,
      json: { code: 'invalid_argument', message: expected },
    });
    expect(place.log.join('')).not.toContain('secret');
  });

  it.each([
    ['application/proto', { 'connect-timeout-ms': 'secret' }, 'connect-timeout-ms: expected at most 10 digits'],
    ['application/connect+proto', { 'connect-timeout-ms': '-1' }, 'connect-timeout-ms: expected at most 10 digits'],
    ['application/grpc-web', { 'grpc-timeout': 'secret' }, 'grpc-timeout: expected at most 8 digits and a unit'],
    ['application/grpc-web', { 'grpc-encoding': 'secret' }, 'message: expected it uncompressed'],
    ['application/connect+proto', { 'connect-content-encoding': 'gzip' }, 'message: expected it uncompressed'],
  ])('as %s with %o in front of it is refused in our words', async (type, headers, message) => {
    const isStream = type.includes('connect');
    const body = type.includes('proto') && !isStream ? Buffer.alloc(0) : envelope(Buffer.alloc(0));
    const { text, headers: answered } = await post(isStream ? 'WatchReadings' : 'ListReadings', type, body, headers);
    const said = decodeURIComponent(text + String(answered['grpc-message'] ?? ''));
    expect(said).toContain(message);
    expect(said).not.toContain('secret');
  });

  it.each([
    ['application/proto', { 'connect-timeout-ms': '9999999999' }],
    ['application/grpc-web', { 'grpc-timeout': '99999999H' }],
  ])('as %s may take as long as %o', async (type, headers) => {
    place.store.receive(storedReading(1));
    const warnings: string[] = [];
    const warned = ({ name }: Error) => warnings.push(name);
    process.on('warning', warned);
    const body = type.includes('grpc') ? envelope(message) : Buffer.from(message);
    const { status, text } = await post('ListReadings', type, body, headers);
    await new Promise(setImmediate);
    process.off('warning', warned);
    expect({ status, text, warnings }).toMatchObject({
      status: 200,
      text: expect.stringContaining('greenhouse'),
      warnings: [],
    });
  });

  it('ends a stream that was asked for with rubbish', async () => {
    const { status, text } = await post('WatchReadings', 'application/connect+proto', envelope(Buffer.from([0xff])));
    expect(status).toBe(200);
    expect(JSON.parse(text.slice(5))).toEqual({ error: { code: 'invalid_argument', message: expect.any(String) } });
  });

  it('is refused when it is too large or compressed', async () => {
    const large = await post('ListReadings', 'application/proto', Buffer.alloc(65 * 1024));
    expect({ status: large.status, json: JSON.parse(large.text) }).toEqual({
      status: 429,
      json: { code: 'resource_exhausted', message: 'body: expected at most 64 KiB' },
    });
    const gzip = await post('ListReadings', 'application/proto', Buffer.alloc(9), { 'content-encoding': 'gzip' });
    expect(gzip.status).toBe(501);
    const inEnvelope = await post('WatchReadings', 'application/connect+proto', envelope(message, 1));
    expect(JSON.parse(inEnvelope.text.slice(5))).toMatchObject({ error: { code: 'unimplemented' } });
    const query = new URLSearchParams({ encoding: 'json', message: '{}', compression: 'gzip' });
    expect(await place.getJson(`/sealpost.v1.ReadingService/ListReadings?${query}`)).toMatchObject({ status: 501 });
  });
});

describe('the answers', () => {
  it('are never kept by a cache', async () => {
    place.store.receive(storedReading(1));
    const message = toJsonString(GetLatestReadingRequestSchema, create(GetLatestReadingRequestSchema));
    const query = new URLSearchParams({ encoding: 'json', message });
    const { status, headers } = await place.get(`/sealpost.v1.ReadingService/GetLatestReading?${query}`);
    expect({ status, cache: headers['cache-control'] }).toEqual({ status: 200, cache: 'no-store' });
  });

  it.each(['ListDevices', 'WatchReadings'])(
    'of %s end with a connection that takes nothing of them',
    async (method) => {
      const limited = vi.spyOn(ServerResponse.prototype, 'setTimeout');
      const client = createClient(ReadingService, createConnectTransport({ baseUrl, httpVersion: '1.1' }));
      if (method === 'ListDevices') await client.listDevices({});
      else for await (const _ of client.watchReadings({})) break;
      expect(limited).toHaveBeenCalledExactlyOnceWith(60_000, expect.any(Function));
      limited.mockRestore();
    },
  );

  it('say nothing of what failed inside, and the log does', async () => {
    place.store.latestReading = async () => {
      throw new Error('the disk is on fire');
    };
    const client = createClient(ReadingService, createConnectTransport({ baseUrl, httpVersion: '1.1' }));
    await expect(client.getLatestReading({})).rejects.toMatchObject({
      code: Code.Internal,
      rawMessage: 'the server failed; its log says why',
    });
    expect(place.log.join('')).toContain('the disk is on fire');
  });
});

it('reads nothing for callers who have left while they waited for their turn', async () => {
  place.store.receive(storedReading(1));
  const asked = (['listReadings', 'listDevices', 'describeDevice'] as const).map((name) => vi.spyOn(place.store, name));
  const step = vi.spyOn(place.readers.lane, 'step');
  const ended: Promise<unknown>[] = [];
  place.http.server.on('connection', (socket) => ended.push(once(socket, 'close')));
  const held = Promise.withResolvers<void>();
  const running = place.readers.lane.step(() => held.promise);
  const left = new AbortController();
  const client = createClient(ReadingService, createConnectTransport({ baseUrl, httpVersion: '1.1' }));
  const deviceId = 'greenhouse';
  const calls = [
    client.listReadings({ deviceId }, left),
    client.listDevices({}, left),
    client.getDevice({ deviceId }, left),
  ];
  await expect.poll(() => step.mock.calls).toHaveLength(1 + calls.length);
  left.abort();
  await Promise.all(calls.map((call) => expect(call).rejects.toMatchObject({ code: Code.Canceled })));
  await Promise.all(ended);
  held.resolve();
  await running;
  await place.readers.lane.step(async () => {});
  for (const question of asked) expect(question).not.toHaveBeenCalled();
});

describe('those who watch', () => {
  it('leave nothing behind when the connections of a thousand end', async () => {
    const client = createClient(ReadingService, createConnectTransport({ baseUrl, httpVersion: '1.1' }));
    const left = new AbortController();
    const streams = Array.from({ length: 1000 }, () =>
      client.watchReadings({}, { signal: left.signal })[Symbol.asyncIterator](),
    );
    await Promise.all(streams.map((stream) => stream.next()));
    expect(place.readers.hub.watchers).toBe(1000);
    left.abort();
    await expect.poll(() => place.readers.hub.watchers, { timeout: 10_000 }).toBe(0);
    expect(place.store.listeners.size).toBe(0);
  });

  it('do not hold up a server that stops, and that is no fault', async () => {
    const client = createClient(ReadingService, createConnectTransport({ baseUrl, httpVersion: '1.1' }));
    const stream = client.watchReadings({})[Symbol.asyncIterator]();
    await stream.next();
    const last = stream.next();
    const closed = place.close();
    await expect(last).rejects.toMatchObject({ code: Code.Unavailable });
    await closed;
    expect(place.log).toEqual([]);
  });
});
