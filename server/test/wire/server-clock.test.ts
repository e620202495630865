import { create, toBinary } from '@bufbuild/protobuf';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ClockAnswerSchema, ClockReportSchema } from '#gen/clock_pb.js';
import { UploadReceiptSchema } from '#gen/reading_pb.js';
import { day, durationOf, hour, second, timestampOf } from '../../src/time.ts';
import { TestClock } from '../clock.ts';
import { TestServer } from '../test-server.ts';
import { reading, WireDevice } from '../wire-device.ts';

/** A Raspberry Pi without a network: 1970, an hour after its start. */
const clockOfAPi = () => new TestClock(hour, hour);

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start({ clock: clockOfAPi() });
});
afterEach(() => server.stopAndRemove());

const now = Date.UTC(2026, 10, 22, 12) * 1000;

it('a server in 1970 keeps readings, gives no time, and shows no reading until it knows when it was', async () => {
  const device = new WireDevice(server, 'greenhouse', await server.addDevice('greenhouse'));
  const { message: welcome } = await device.shakeHands(second);
  expect(welcome?.serverTime).toBeUndefined();
  const { message: receipt } = await device.upload({ readings: [reading(1), reading(2)] });
  expect(receipt).toMatchObject({ stored: 2 });
  expect(receipt?.serverTime).toBeUndefined();
  const { message: answer } = await device.syncTime({ uptime: durationOf(21 * second) });
  expect(answer).toEqual(create(ClockAnswerSchema));
  expect((await server.get('/sensor')).status).toBe(404);

  // NTP sets the clock; the device reports its own, and both readings get their times.
  server.clock.stepWall(now - server.clock.wall());
  await device.syncTime({ uptime: durationOf(50 * second), roundTrip: durationOf(0) });
  await device.upload({ readings: [reading(3)] });
  expect((await server.get('/sensor')).json).toMatchObject({ collected_at: '2026-11-22T11:59:40.000Z' });
  expect(server.log.join('')).toContain('no time is given until it is set');
});

it('a server whose clock fell behind the last stored reading gives no time, after a restart too', async () => {
  server.clock.stepWall(now - server.clock.wall());
  const device = await WireDevice.registered(server);
  await device.upload({ readings: [reading(1)] });
  server.clock.stepWall(-day);
  expect((await device.upload({ readings: [reading(2)] })).message).toEqual(create(UploadReceiptSchema, { stored: 1 }));

  await server.stop();
  server = await TestServer.start({ dataDirectory: server.dataDirectory, clock: server.clock });
  const restarted = new WireDevice(server, 'greenhouse', device.key);
  expect((await restarted.shakeHands(100 * second)).message?.serverTime).toBeUndefined();
  server.clock.stepWall(day + second);
  expect((await restarted.shakeHands(101 * second)).message?.serverTime).toEqual(timestampOf(server.clock.wall()));
});

it('after a step of the clock, readings take their time from samples made after it', async () => {
  server.clock.stepWall(now - server.clock.wall());
  const device = await WireDevice.registered(server);
  await device.syncTime({ uptime: durationOf(10 * second), roundTrip: durationOf(0) });
  server.clock.advance(10 * second);
  server.clock.stepWall(3 * hour);
  await device.syncTime({ uptime: durationOf(20 * second), roundTrip: durationOf(0) });
  await device.upload({ readings: [reading(1)] });
  // Taken at an uptime of 10 s: nearest to the sample from before the step, which no longer counts.
  expect((await server.get('/sensor')).json).toMatchObject({ collected_at: '2026-11-22T15:00:00.000Z' });
});

it('a Hello that was held back says nothing of the time: only a record of its session shows that its sender was there', async () => {
  server.clock.stepWall(now - server.clock.wall());
  const device = new WireDevice(server, 'greenhouse', await server.addDevice('greenhouse'));
  // Boot 1 is kept from the server, but for its handshake, which somebody on the path lets through an hour late.
  const heldBack = new WireDevice(server, 'greenhouse', device.key);
  heldBack.bootId = 1n;
  server.clock.advance(hour);
  await heldBack.shakeHands(5 * second);
  device.bootId = 2n;
  await device.shakeHands(second);
  await device.upload({
    bootId: 1n,
    readings: [reading(1, { timeSource: 3, collectedTime: timestampOf(now + 10 * second) })],
  });
  expect((await server.get('/sensor')).json).toMatchObject({ collected_at: '2026-11-22T12:00:10.000Z' });
});

it('a clock report that was held back does not move the time of readings', async () => {
  server.clock.stepWall(now - server.clock.wall());
  const device = await WireDevice.registered(server);
  await device.syncTime({ uptime: durationOf(2 * second), roundTrip: durationOf(20_000) });
  const report = create(ClockReportSchema, { uptime: durationOf(3 * second), roundTrip: durationOf(100) });
  const heldBack = device.seal('TimeSync', toBinary(ClockReportSchema, report));
  server.clock.advance(8 * second);
  expect((await device.post('TimeSync', heldBack)).status).toBe(200);
  await device.upload({ readings: [reading(1)] });
  // An uptime of 10 s, 8 s after the first report: the late one would have said 12:00:15, bounded by its receipt.
  expect((await server.get('/sensor')).json).toMatchObject({ collected_at: '2026-11-22T12:00:07.990Z' });
});

it('an absurd uptime is no time, though nothing else bounds it while the clock is not trusted', async () => {
  server.clock.stepWall(now - server.clock.wall());
  const device = await WireDevice.registered(server);
  await device.upload({ readings: [reading(1)] });
  server.clock.stepWall(-day);
  await device.upload({ readings: [reading(2, { uptime: durationOf(200 * 365 * day) })] });
  expect((await server.get('/sensor')).json).toMatchObject({ collected_at: '2026-11-22T12:00:00.000Z' });
});

it('a clock that was set while no server ran is believed after the restart', async () => {
  server.clock.stepWall(now - 3 * day - server.clock.wall());
  const device = await WireDevice.registered(server);
  await device.syncTime({ uptime: durationOf(10 * second), roundTrip: durationOf(10_000) });
  await device.upload({ readings: [reading(1)] });
  await server.stop();
  server.clock.stepWall(3 * day);
  server.clock.advance(20 * second);
  server = await TestServer.start({ dataDirectory: server.dataDirectory, clock: server.clock });
  const again = new WireDevice(server, 'greenhouse', device.key);
  await again.shakeHands(30 * second);
  await again.upload({ readings: [reading(2)] });
  expect((await server.get('/sensor')).json).toMatchObject({ collected_at: '2026-11-22T12:00:10.000Z' });
});

it('a round trip of over 2 s says nothing, and a better one replaces the time of the handshake', async () => {
  server.clock.stepWall(now - server.clock.wall());
  const device = new WireDevice(server, 'greenhouse', await server.addDevice('greenhouse'));
  await device.shakeHands(5 * second);
  server.clock.advance(5 * second);
  await device.syncTime({ uptime: durationOf(9 * second), roundTrip: durationOf(2 * second + 1) });
  await device.syncTime({ uptime: durationOf(10 * second), roundTrip: durationOf(500_000) });
  server.clock.advance(second);
  await device.upload({ readings: [reading(1)] });
  expect((await server.get('/sensor')).json).toMatchObject({ collected_at: '2026-11-22T12:00:04.750Z' });
});
