import { create, toBinary } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClockReportSchema } from '#gen/clock_pb.js';
import { ReadingBatchSchema, UploadReceiptSchema } from '#gen/reading_pb.js';
import { sealRecord } from '../../src/crypto/record.ts';
import { day, durationOf, second, timestampOf } from '../../src/time.ts';
import { TestServer } from '../test-server.ts';
import { reading, refusal, WireDevice } from '../wire-device.ts';

let server: TestServer;
let device: WireDevice;
beforeEach(async () => {
  server = await TestServer.start();
  device = await WireDevice.registered(server);
});
afterEach(() => server.stopAndRemove());

describe('SensorUpload', () => {
  it('stores readings once, receipts them, and shows the latest', async () => {
    const batch = { readings: [reading(1), reading(2)] };
    const first = await device.upload(batch);
    expect(first.message).toMatchObject({
      stored: 2,
      duplicates: 0,
      refusedSensors: 0,
      serverTime: timestampOf(server.clock.wall()),
    });
    const again = await device.upload({ readings: [reading(2), reading(3), reading(3)] });
    expect(again.message).toMatchObject({ stored: 1, duplicates: 2 });
    expect((await server.get('/sensor')).json).toMatchObject({
      device: 'greenhouse',
      temp_bmp: 21.46,
      ax: 0.1235,
      humid_sht4: 45.68,
    });
    expect(await server.store.describeDevice('greenhouse')).toMatchObject({
      readings: 3,
      missingReadings: 0,
      boots: 1,
    });
  });

  it('answers a replayed record with the refusal and stores nothing', async () => {
    const body = device.sealBatch({ readings: [reading(1)] });
    expect((await device.post('SensorUpload', body)).status).toBe(200);
    for (let copy = 0; copy < 3; copy += 1) {
      const replay = await device.post('SensorUpload', body);
      expect({ status: replay.status, error: JSON.parse(replay.body.toString()) }).toEqual({
        status: 401,
        error: refusal,
      });
    }
    expect(await server.store.describeDevice('greenhouse')).toMatchObject({ readings: 1 });
  });

  it('takes records in any order within 64 counters and refuses what is older', async () => {
    const bodies = Array.from({ length: 66 }, (_, index) => device.sealBatch({ readings: [reading(index + 1)] }));
    expect((await device.post('SensorUpload', bodies[65]!)).status).toBe(200);
    expect((await device.post('SensorUpload', bodies[2]!)).status).toBe(200);
    expect((await device.post('SensorUpload', bodies[1]!)).status).toBe(401);
    expect((await device.post('SensorUpload', bodies[2]!)).status).toBe(401);
    expect((await device.post('SensorUpload', bodies[64]!)).status).toBe(200);
  });

  it('lets one of two copies that arrive together through', async () => {
    const body = device.sealBatch({ readings: [reading(1)] });
    const both = await Promise.all([device.post('SensorUpload', body), device.post('SensorUpload', body)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 401]);
  });

  it('takes a retry under the next counter and refuses one under a spent counter', async () => {
    const lost = { readings: [reading(1)] };
    await device.upload(lost);
    expect((await device.post('SensorUpload', device.sealBatch(lost, device.current.counter))).status).toBe(401);
    expect((await device.upload(lost)).message).toMatchObject({ stored: 0, duplicates: 1 });
  });

  it('refuses every flipped bit of a record, and then takes the record itself: a forgery changes nothing', async () => {
    const { sessionId, keys } = device.current;
    const plaintext = toBinary(
      ReadingBatchSchema,
      create(ReadingBatchSchema, { bootId: 1n, readings: [{ sequence: 1n }] }),
    );
    const sealed = sealRecord(keys.send, { method: 'SensorUpload', sessionId, counter: 1 }, plaintext);
    const forgeries = [
      ...Array.from({ length: 64 }, (_, bit) => ({ sessionId: sessionId ^ (1n << BigInt(bit)), counter: 1n, sealed })),
      ...Array.from({ length: 64 }, (_, bit) => ({ sessionId, counter: 1n ^ (1n << BigInt(bit)), sealed })),
      ...Array.from({ length: sealed.length * 8 }, (_, bit) => {
        const flipped = Buffer.from(sealed);
        flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        return { sessionId, counter: 1n, sealed: flipped };
      }),
    ];
    for (const [index, forgery] of forgeries.entries()) {
      const { status } = await device.post('SensorUpload', device.wrap(forgery));
      expect([400, 401], `forgery ${index}`).toContain(status);
    }
    const { status } = await device.post('SensorUpload', device.wrap({ sessionId, counter: 1n, sealed }));
    expect(status).toBe(200);
    expect(await server.store.describeDevice('greenhouse')).toMatchObject({ readings: 1 });
  });

  it('refuses a record of another session, of another device, and of the other method', async () => {
    const old = device.current;
    const batch = toBinary(ReadingBatchSchema, create(ReadingBatchSchema, { bootId: 1n, readings: [reading(1)] }));
    await device.shakeHands();
    const other = await WireDevice.registered(server, 'cellar');
    const sealedForOld = device.seal('SensorUpload', batch, 1, { ...old, sessionId: device.current.sessionId });
    const sealedForOther = device.seal('SensorUpload', batch, 2, {
      ...device.current,
      sessionId: other.current.sessionId,
    });
    const sealedForSync = device.seal('TimeSync', batch, 3);
    const syncAsUpload = device.seal('TimeSync', toBinary(ClockReportSchema, create(ClockReportSchema, {})), 4);
    expect((await device.post('SensorUpload', sealedForOld)).status).toBe(401);
    expect((await device.post('SensorUpload', sealedForOther)).status).toBe(401);
    expect((await device.post('SensorUpload', sealedForSync)).status).toBe(401);
    expect((await device.post('SensorUpload', syncAsUpload)).status).toBe(401);
    expect((await device.post('TimeSync', device.seal('SensorUpload', batch, 5))).status).toBe(401);
  });

  it.each([0n, 2n ** 32n, 2n ** 64n - 1n])('refuses counter %s', async (counter) => {
    const body = device.wrap({ sessionId: device.current.sessionId, counter, sealed: new Uint8Array(32) });
    const response = await device.post('SensorUpload', body);
    expect({ status: response.status, error: JSON.parse(response.body.toString()) }).toEqual({
      status: 400,
      error: { code: 'invalid_argument', message: 'record.counter: expected 1 to 2^32 - 1' },
    });
  });

  it('takes counter 2^32 - 1', async () => {
    device.current.counter = 2 ** 32 - 2;
    expect((await device.upload({ readings: [reading(1)] })).message).toMatchObject({ stored: 1 });
  });

  it.each([0, 65])('refuses a batch of %i readings', async (count) => {
    const { status, error } = await device.upload({
      readings: Array.from({ length: count }, (_, index) => reading(index + 1)),
    });
    expect({ status, error }).toEqual({
      status: 400,
      error: { code: 'invalid_argument', message: 'ReadingBatch.readings: expected 1 to 64 readings' },
    });
  });

  it('takes a batch of 64 readings, each with everything', async () => {
    const { message } = await device.upload({
      readings: Array.from({ length: 64 }, (_, index) =>
        reading(2n ** 53n - 64n + BigInt(index), {
          uptime: durationOf(day),
          timeSource: 3,
          collectedTime: timestampOf(server.clock.wall()),
        }),
      ),
      status: { queuedReadings: 4_294_967_295, droppedReadings: 2n ** 64n - 1n, freeHeapBytes: 1, rssiDbm: -80 },
    });
    expect(message).toMatchObject({ stored: 64 });
    expect((await server.store.describeDevice('greenhouse'))?.status).toEqual({
      queuedReadings: 4_294_967_295,
      droppedReadings: 2n ** 64n - 1n,
      freeHeapBytes: 1,
      rssiDbm: -80,
    });
  });

  it('stores impossible values as absent, counts them, and receipts the reading', async () => {
    const { message } = await device.upload({
      readings: [
        reading(1, { bmp280: { temperatureCelsius: Number.NaN, pressurePascals: 101_325 } }),
        reading(2, { sht4x: { temperatureCelsius: 20, humidityPercent: Number.POSITIVE_INFINITY } }),
        reading(3, {
          mpu6050: { temperatureCelsius: 20 },
          bmp280: { temperatureCelsius: 20, pressurePascals: 29_999 },
        }),
      ],
    });
    expect(message).toMatchObject({ stored: 3, duplicates: 0, refusedSensors: 4 });
    expect((await server.get('/sensor')).json).toMatchObject({
      pressure_bmp: null,
      temp_bmp: null,
      ax: null,
      temp_mpu: null,
      temp_sht4: 21.3,
    });
  });

  it('takes readings of an earlier boot that never met the server, and does not call them the latest', async () => {
    await device.upload({ bootId: 99n, readings: [reading(1)] });
    expect((await server.get('/sensor')).status).toBe(404);
    await device.upload({ readings: [reading(1)] });
    expect((await server.get('/sensor')).status).toBe(200);
    expect(await server.store.describeDevice('greenhouse')).toMatchObject({ boots: 2, readings: 2 });
  });

  it('never shows a stamp of 1970 or 2100 as the time of a reading', async () => {
    const at = (year: number) => timestampOf(Date.UTC(year, 0, 1) * 1000);
    await device.upload({
      bootId: 5n,
      readings: [
        reading(1, { timeSource: 3, collectedTime: at(1970) }),
        reading(2, { timeSource: 3, collectedTime: at(2100) }),
      ],
    });
    expect((await server.get('/sensor')).status).toBe(404);
  });

  it('ends with its session after 24 hours of monotonic time', async () => {
    server.clock.stepWall(-3 * day);
    server.clock.stepWall(6 * day);
    expect((await device.upload({ readings: [reading(1)] })).status).toBe(200);
    server.clock.advance(day);
    expect((await device.upload({ readings: [reading(2)] })).error).toEqual(refusal);
  });

  it('gives no receipt when its session ends while the batch is stored, and counts it as there when it comes again', async () => {
    const batch = { readings: [reading(1)] };
    const body = device.sealBatch(batch);
    const append = server.store.appendReadings.bind(server.store);
    server.store.appendReadings = async (what) => {
      const result = await append(what);
      // Four more sessions end the one that waits.
      for (let count = 0; count < 4; count += 1) await device.shakeHands();
      return result;
    };
    const { status, body: answer } = await device.post('SensorUpload', body);
    expect({ status, error: JSON.parse(answer.toString()) }).toEqual({ status: 401, error: refusal });
    server.store.appendReadings = append;
    expect((await device.upload(batch)).message).toMatchObject({ stored: 0, duplicates: 1 });
  });

  it('gives no receipt for a plaintext that is no batch, and takes the next one', async () => {
    const body = device.seal('SensorUpload', Buffer.from([0xff, 0xff]));
    expect((await device.send('SensorUpload', body, UploadReceiptSchema)).error).toEqual({
      code: 'invalid_argument',
      message: 'record.sealed: expected its plaintext to be a sealpost.v1.ReadingBatch',
    });
    expect((await device.upload({ readings: [reading(1)] })).message).toMatchObject({ stored: 1 });
  });
});

describe('TimeSync', () => {
  it('gives both stamps of the server', async () => {
    const { message } = await device.syncTime({ source: 1, uptime: durationOf(3 * second), utcOffsetSeconds: 3600 });
    expect(message).toMatchObject({
      receiveTime: timestampOf(server.clock.wall()),
      transmitTime: timestampOf(server.clock.wall()),
    });
  });

  it("shows the latest reading's time in the device's own zone", async () => {
    await device.syncTime({
      source: 1,
      uptime: durationOf(20 * second),
      utcOffsetSeconds: -5 * 3600 - 1800,
      roundTrip: durationOf(20_000),
    });
    await device.upload({ readings: [reading(2)] });
    expect((await server.get('/sensor')).json).toMatchObject({
      current_time: 'Sunday, November 22 2026 06:29:59',
      collected_at: '2026-11-22T11:59:59.990Z',
      received_at: '2026-11-22T12:00:00.000Z',
    });
  });

  it.each([
    [{ utcOffsetSeconds: 64_801 }, 'ClockReport.utc_offset_seconds: expected -64800 to 64800'],
    [{ ntpServer: 'n'.repeat(65) }, 'ClockReport.ntp_server: expected at most 64 bytes'],
  ])('refuses %o', async (report, message) => {
    expect((await device.syncTime(report)).error).toEqual({ code: 'invalid_argument', message });
  });
});

it('no key and no plaintext is ever logged', async () => {
  const keys = [device.key.toString('base64'), device.key.toString('hex'), device.key.toString('base64url')];
  await device.shakeHands(1);
  await new WireDevice(server, 'greenhouse', Buffer.alloc(32, 9)).shakeHands();
  await device.upload({ readings: [] });
  await device.post('SensorUpload', device.sealBatch({ readings: [reading(1)] }, 1));
  const log = server.log.join('\n');
  expect(log).toContain('wrong device key');
  expect(keys.filter((key) => log.includes(key.slice(0, 12)))).toEqual([]);
});
