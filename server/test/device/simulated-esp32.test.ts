import { create } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { ClockSource } from '#gen/clock_pb.js';
import { DeviceSettingsSchema } from '#gen/handshake_pb.js';
import { DeviceStatusSchema, Sht4xSchema } from '#gen/reading_pb.js';
import { importEphemeral } from '../../src/crypto/noise.ts';
import { SimulatedEsp32 } from '../../src/device/simulated-esp32.ts';
import { durationOf, hour, microsOfDuration, microsOfTimestamp, minute, second } from '../../src/time.ts';
import {
  away,
  boot,
  deviceKey,
  millisecond,
  ntpAheadBy,
  ofType,
  oneWay,
  range,
  setUp,
  start,
} from './simulated-world.ts';

describe('a simulated ESP32', () => {
  it('uploads a reading each 10 s and reports the local time each second and NTP each minute', async () => {
    const { time, server, events } = start();
    await time.advance(hour - 500 * millisecond);
    expect(server.calls.filter(({ call }) => call === 'KeyExchange').length).toBe(1);
    expect(server.storedSequences).toEqual(range(1, 360));
    expect(server.batches.length).toBe(360);
    const sources = server.reports.map(({ source }) => source);
    expect(sources.filter((source) => source === ClockSource.LOCAL).length).toBe(3600);
    expect(sources.filter((source) => source === ClockSource.NTP).length).toBe(60);
    expect(ofType(events, 'uploaded').length).toBe(360);
    expect(ofType(events, 'uploaded')[1]).toEqual({
      type: 'uploaded',
      readings: 1,
      duplicates: 0,
      refusedSensors: 0,
      queued: 0,
    });
    expect(ofType(events, 'refused').concat(ofType(events, 'unreachable') as never[])).toEqual([]);
  });

  it('names its boot by a counter and random bits, and counts its readings from 1 in each', async () => {
    const world = setUp();
    const first = boot(world, { bootCount: 7 });
    await world.time.advance(15 * second);
    await first.stop();
    const second_ = boot(world, { bootCount: 8 });
    await world.time.advance(15 * second);
    expect([first.device.bootId, second_.device.bootId]).toEqual([0x7_abab_ababn, 0x8_abab_ababn]);
    expect([...world.server.stored.keys()]).toEqual([
      `${0x7_abab_ababn}/1`,
      `${0x7_abab_ababn}/2`,
      `${0x8_abab_ababn}/1`,
      `${0x8_abab_ababn}/2`,
    ]);
  });

  it('prints the local time of its zone as soon as it has it', async () => {
    const { time, events } = start({ utcOffsetSeconds: 3_600, ntp: ntpAheadBy(100 * millisecond) });
    await time.advance(1.5 * second);
    expect(ofType(events, 'local-time').map(({ text }) => text)).toEqual([
      undefined,
      'Sunday, November 22 2026 13:00:01',
    ]);
  });

  it('divides the intervals between jobs by its speed, and keeps its clock honest', async () => {
    const { time, server } = start({ speed: 10 });
    await time.advance(9.95 * second);
    expect(server.storedSequences).toEqual(range(1, 10));
    const last = server.stored.get(`${0x1_abab_ababn}/10`)!;
    expect(microsOfDuration(last.uptime)! / second).toBeCloseTo(9, 3);
    expect(microsOfTimestamp(last.collectedTime)! / second).toBeCloseTo(time.wall() / second - 0.95, 2);
  });

  it('keeps the intervals that the server asks for, in its welcome and in a receipt', async () => {
    const world = setUp();
    const { time, server } = world;
    server.settings = create(DeviceSettingsSchema, { sampleInterval: durationOf(5 * second) });
    boot(world);
    await time.advance(22 * second);
    // At 0, 10, 15 and 20 s: the welcome came when the device had begun to wait for 10 s.
    expect(server.storedSequences).toEqual(range(1, 4));
    server.settings = create(DeviceSettingsSchema, { sampleInterval: durationOf(0) });
    await time.advance(10.5 * second);
    // At 25 and 30 s, with the new interval in the receipt of the former, and each second from then on.
    expect(server.storedSequences).toEqual(range(1, 4 + 4));
  });

  it('hears within a minute of an interval that got shorter than what it waits for', async () => {
    const world = setUp();
    const { time, server } = world;
    server.settings = create(DeviceSettingsSchema, {
      sampleInterval: durationOf(hour),
      localTimeInterval: durationOf(hour),
    });
    boot(world);
    await time.advance(10 * minute);
    expect(server.storedSequences).toEqual([1]);
    server.forgetSessions();
    server.settings = create(DeviceSettingsSchema, { sampleInterval: durationOf(10 * second) });
    await time.advance(2 * minute + second);
    expect(server.storedSequences.length).toBeGreaterThan(5);
  });

  it('says how it is when that changes, and only then', async () => {
    const { time, server } = start();
    await time.advance(65 * second);
    const first = server.batches[0]!.status!;
    expect(first).toEqual(
      create(DeviceStatusSchema, { queuedReadings: 1, freeHeapBytes: 179_900, rssiDbm: first.rssiDbm }),
    );
    expect(first.rssiDbm).toBeLessThan(-40);
    expect(server.batches.slice(1).every(({ status }) => status === undefined)).toBe(true);
    server.before = away;
    await time.advance(5 * minute);
    server.before = () => {};
    await time.advance(2 * minute);
    expect(server.batches.filter(({ status }) => status && status.queuedReadings > 20).length).toBe(1);
    expect(server.batches.at(-1)!.status).toBeUndefined();
  });

  it('ends when it is told to, whatever it is doing', async () => {
    for (const span of [0, oneWay, 3 * oneWay, 500 * millisecond, 15 * second]) {
      const { time, server, stop } = start();
      await time.advance(span);
      await stop();
      const calls = server.calls.length;
      await time.advance(minute);
      expect(server.calls.length).toBe(calls);
    }
  });

  it('ends in the middle of a wait', async () => {
    const { time, server, events, stop } = start();
    server.before = () => {
      throw new ConnectError('full', Code.ResourceExhausted, { 'retry-after': '300' });
    };
    await time.advance(second);
    expect(ofType(events, 'refused').map(({ wait }) => wait)).toEqual([300 * second]);
    await stop();
  });

  it('ends as a whole, with the error, when there is a mistake in it', async () => {
    const { time, server } = setUp();
    const device = new SimulatedEsp32({
      deviceId: 'greenhouse',
      deviceKey,
      transport: server.transport,
      clock: time,
      scheduler: time,
      randomBytes: (count) => Buffer.alloc(count),
      generateEphemeral: () => importEphemeral(Buffer.alloc(32, 1)),
      seed: 1,
      sensors: {
        sample: () => {
          throw new Error('the bus is stuck');
        },
      },
    });
    await expect(device.run(new AbortController().signal)).rejects.toThrow('the bus is stuck');
  });
});

describe("a simulated ESP32's sensors", () => {
  it('leave an absent message when they fail', async () => {
    const { time, server } = start({ sensors: { sample: () => ({}) } });
    await time.advance(second);
    const [reading] = [...server.stored.values()];
    expect([reading!.bmp280, reading!.mpu6050, reading!.sht4x]).toEqual([undefined, undefined, undefined]);
  });

  it('leave an absent message when what they say can not be', async () => {
    const right = create(Sht4xSchema, { temperatureCelsius: 20, humidityPercent: 50 });
    const wrong = create(Sht4xSchema, { temperatureCelsius: Number.NaN, humidityPercent: 50 });
    let values = wrong;
    const { time, server } = start({ sensors: { sample: () => ({ sht4x: values }) } });
    await time.advance(second);
    values = right;
    await time.advance(10 * second);
    expect([...server.stored.values()].map(({ sht4x }) => sht4x)).toEqual([undefined, right]);
  });
});
