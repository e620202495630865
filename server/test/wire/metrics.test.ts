import { randomBytes } from 'node:crypto';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Access } from '../../src/access/access.ts';
import type { ServerFigures } from '../../src/readers/metrics-figures.ts';
import type { ReaderLane } from '../../src/readers/reader-share.ts';
import { type MetricsOptions, metricsRoutes } from '../../src/wire/metrics.ts';
import { ReaderGuard } from '../../src/wire/reader-guard.ts';
import { TestServer } from '../test-server.ts';
import { reading, WireDevice } from '../wire-device.ts';

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server.stopAndRemove());

/** The values of an answer by series. */
async function metrics(url = '/metrics', headers: Record<string, string> = {}): Promise<Record<string, number>> {
  const { status, body, ...answered } = await server.request({
    method: 'GET',
    url,
    headers: { host: 'localhost', ...headers },
  });
  expect(status).toBe(200);
  expect(answered.headers).toMatchObject({
    'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    'cache-control': 'no-store',
  });
  const lines = body.toString().split('\n');
  const series = lines.filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    series.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

describe('GET /metrics', () => {
  it('counts what devices did and what was refused', async () => {
    const device = await WireDevice.registered(server);
    await device.upload({ readings: [reading(1), reading(2)] });
    const again = device.sealBatch({ readings: [reading(2), reading(3, { sht4x: { temperatureCelsius: 999 } })] });
    await device.post('SensorUpload', again);
    await device.post('SensorUpload', again);
    await device.post('SensorUpload', Buffer.from('rubbish'));
    await device.syncTime({ source: 1 });
    expect(await metrics()).toMatchObject({
      sealpost_handshakes_total: 1,
      sealpost_uploads_total: 2,
      sealpost_clock_reports_total: 1,
      sealpost_readings_stored_total: 3,
      sealpost_readings_duplicate_total: 1,
      sealpost_sensors_refused_total: 1,
      'sealpost_refused_total{code="unauthenticated"}': 1,
      'sealpost_refused_total{code="invalid_argument"}': 1,
      'sealpost_refused_total{code="internal"}': 0,
      sealpost_sessions: 1,
      sealpost_writes_waiting: 0,
      sealpost_commits_failed_total: 0,
      sealpost_clock_trusted: 1,
    });
  });

  it('says how the process is, and nothing of workers when there are none', async () => {
    const values = await metrics();
    for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'sealpost_busy_seconds_total']) {
      expect(values[name]).toBeGreaterThan(0);
    }
    expect(Object.keys(values).filter((series) => series.includes('worker'))).toEqual([]);
  });

  it("says that the machine's clock is not trusted", async () => {
    server.clock.stepWall(-server.clock.wall());
    expect(await metrics()).toMatchObject({ sealpost_clock_trusted: 0 });
  });

  it('says nothing of devices unless asked', async () => {
    await WireDevice.registered(server);
    expect(Object.keys(await metrics()).filter((series) => series.includes('device'))).toEqual([]);
  });

  it("gives each device's latest values, and nothing where there is none", async () => {
    const device = await WireDevice.registered(server);
    await server.addDevice('attic');
    await device.upload({
      readings: [reading(1, { mpu6050: undefined })],
      status: { queuedReadings: 3, droppedReadings: 4n, freeHeapBytes: 5, rssiDbm: -60 },
    });
    const values = await metrics('/metrics?devices=1');
    const time = values['sealpost_device_reading_time_seconds{device="greenhouse"}'];
    const ofDevices = Object.entries(values).filter(([series]) => series.startsWith('sealpost_device'));
    expect(Object.fromEntries(ofDevices)).toEqual({
      sealpost_devices: 2,
      'sealpost_device_info{device="attic",firmware="",hardware=""}': 1,
      'sealpost_device_info{device="greenhouse",firmware="1.0.0",hardware="test"}': 1,
      'sealpost_device_reading_time_seconds{device="greenhouse"}': time,
      'sealpost_device_received_time_seconds{device="greenhouse"}': server.clock.wall() / 1e6,
      'sealpost_device_refused_sensors_total{device="attic"}': 0,
      'sealpost_device_refused_sensors_total{device="greenhouse"}': 0,
      'sealpost_device_queued_readings{device="greenhouse"}': 3,
      'sealpost_device_dropped_readings_total{device="greenhouse"}': 4,
      'sealpost_device_free_heap_bytes{device="greenhouse"}': 5,
      'sealpost_device_rssi_dbm{device="greenhouse"}': -60,
      'sealpost_device_temperature_celsius{device="greenhouse",sensor="bmp280"}': Math.fround(21.456),
      'sealpost_device_temperature_celsius{device="greenhouse",sensor="sht4x"}': Math.fround(21.3),
      'sealpost_device_pressure_pascals{device="greenhouse"}': 101_325,
      'sealpost_device_humidity_percent{device="greenhouse"}': Math.fround(45.678),
    });
    expect(Math.abs((time ?? 0) - server.clock.wall() / 1e6)).toBeLessThan(60);
  });

  it('takes what a device says of itself for text, whatever is in it', async () => {
    const device = await WireDevice.registered(server);
    const firmwareVersion = 'a"} 1\nb{c="\\';
    const { generation } = (await server.store.deviceKeys('greenhouse'))[0]!;
    server.store.noteContact({ deviceId: 'greenhouse', generation, bootId: device.bootId, firmwareVersion });
    await device.upload({ readings: [reading(1)] });
    expect(await metrics('/metrics?devices=1')).toMatchObject({
      'sealpost_device_info{device="greenhouse",firmware="a\\"} 1\\nb{c=\\"\\\\",hardware="test"}': 1,
    });
  });

  it.each(['0', '2', '', 'all', '1&devices=1'])('refuses devices=%s', async (devices) => {
    expect(await server.get(`/metrics?devices=${devices}`)).toMatchObject({
      status: 400,
      json: { code: 'invalid_argument', message: 'devices: expected 1 or nothing' },
    });
  });
});

describe('who reads metrics', () => {
  const get = (headers: Record<string, string>, remoteAddress = '192.168.1.7') =>
    server.request({
      method: 'GET',
      url: '/metrics',
      remoteAddress,
      headers: { host: 'raspberrypi.local', ...headers },
    });

  it('is who may read: not just anybody from elsewhere', async () => {
    expect((await get({})).status).toBe(401);
    const token = await server.addToken('prometheus', 'reader');
    expect((await get({ authorization: `Bearer ${token}` })).status).toBe(200);
  });

  it('is nobody with a token of one device, since they are of all', async () => {
    await server.addDevice('attic');
    const token = await server.addToken('ada', 'reader', { deviceId: 'attic' });
    expect((await get({ authorization: `Bearer ${token}` })).status).toBe(403);
  });
});

/** Its routes alone, open to all. */
async function routesWith(options: Pick<MetricsOptions, 'lane' | 'figures'>): Promise<FastifyInstance> {
  const { clock, store } = server;
  const access = new Access({ store: store.access, clock, randomBytes, now: () => clock.wall() });
  const guard = new ReaderGuard({ access, openReads: true, allowedHosts: [], tls: false });
  const app = Fastify();
  await app.register(metricsRoutes, { store, guard, ...options });
  return app;
}

it("takes its turn among readers for what it says of devices, and none for the server's health", async () => {
  let steps = 0;
  const lane: ReaderLane = {
    step: (work) => {
      steps += 1;
      return work();
    },
  };
  const figures = async () => ({ processes: [{ figures: await server.app.figures() }] });
  const app = await routesWith({ lane, figures });
  const headers = { host: 'localhost' };
  expect((await app.inject({ url: '/metrics', headers })).statusCode).toBe(200);
  expect(steps).toBe(0);
  expect((await app.inject({ url: '/metrics?devices=1', headers })).statusCode).toBe(200);
  // One for the devices, and one for the text.
  expect(steps).toBe(2);
});

it('makes one answer for all who ask meanwhile', async () => {
  const allAsk = Promise.withResolvers<void>();
  let requests = 0;
  let answers = 0;
  const figures = async (): Promise<ServerFigures> => {
    answers += 1;
    await allAsk.promise;
    return { processes: [{ figures: await server.app.figures() }] };
  };
  const app = await routesWith({ lane: { step: (work) => work() }, figures });
  app.addHook('preHandler', async () => {
    requests += 1;
    if (requests === 3) setImmediate(allAsk.resolve);
  });
  const get = () => app.inject({ url: '/metrics', headers: { host: 'localhost' } });
  const [one, ...others] = await Promise.all([get(), get(), get()]);
  expect(one).toMatchObject({ statusCode: 200, body: expect.stringContaining('sealpost_uploads_total 0') });
  expect(others.map(({ body }) => body)).toEqual([one.body, one.body]);
  expect(answers).toBe(1);
  expect((await get()).statusCode).toBe(200);
  expect(answers).toBe(2);
});
