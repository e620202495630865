import { Code, ConnectError } from '@connectrpc/connect';
import { expect, it } from 'vitest';
import { importEphemeral } from '../../src/crypto/noise.ts';
import { Fleet } from '../../src/device/fleet.ts';
import { minute, second } from '../../src/time.ts';
import { FakeServer } from './fake-server.ts';
import { VirtualTime } from './virtual-time.ts';

const devices = Array.from({ length: 20 }, (_, index) => ({
  deviceId: `greenhouse-${index}`,
  deviceKey: Buffer.alloc(32, index),
}));

function setUp() {
  const time = new VirtualTime();
  const server = new FakeServer({
    deviceKeys: Object.fromEntries(devices.map(({ deviceId, deviceKey }) => [deviceId, deviceKey])),
    clock: time,
  });
  let random = 0;
  const seen = new Set<string>();
  const fleet = new Fleet({
    devices,
    seed: 1,
    transport: server.transport,
    clock: time,
    scheduler: time,
    randomBytes: (count) => {
      random += 1;
      return Buffer.alloc(count, random);
    },
    generateEphemeral: () => importEphemeral(Buffer.alloc(32, 9)),
    onEvent: (deviceId) => seen.add(deviceId),
  });
  const controller = new AbortController();
  const run = fleet.run(controller.signal);
  const stop = async () => {
    controller.abort();
    await run;
  };
  return { time, server, fleet, seen, stop };
}

it('a fleet starts one device after the other over a sample interval, and adds up what they do', async () => {
  const { time, server, fleet, seen, stop } = setUp();
  await time.advance(4.9 * second);
  expect(fleet.totals.devices).toBe(10);
  await time.advance(minute - 4.9 * second - 1);
  await stop();
  const handshakes = server.calls.filter(({ call }) => call === 'KeyExchange').map(({ at }) => at);
  expect(handshakes).toEqual(devices.map((_, index) => index * 0.5 * second));
  expect(fleet.totals).toEqual({
    devices: 20,
    handshakes: 20,
    uploads: 120,
    readings: 120,
    duplicates: 0,
    dropped: 0,
    refused: 0,
    unreachable: 0,
    queued: 0,
  });
  expect(seen.size).toBe(20);
  expect(server.stored.size).toBe(120);
});

it('a fleet outlives its server, and each device brings what it kept', async () => {
  const { time, server, fleet, stop } = setUp();
  await time.advance(20 * second);
  server.before = () => {
    throw new ConnectError('nobody there', Code.Unavailable);
  };
  await time.advance(5 * minute);
  expect(fleet.totals.queued).toBe(600);
  server.before = () => {};
  server.forgetSessions();
  await time.advance(2 * minute - 1);
  await stop();
  const { readings, queued, unreachable, refused } = fleet.totals;
  expect([readings, queued, server.stored.size]).toEqual([20 * 44, 0, 20 * 44]);
  expect([refused, unreachable > 100]).toEqual([20, true]);
});

it('a fleet that is stopped before it has started starts nothing more', async () => {
  const { time, fleet, stop } = setUp();
  await time.advance(second);
  await stop();
  await time.advance(minute);
  expect(fleet.totals.devices).toBe(3);
});
