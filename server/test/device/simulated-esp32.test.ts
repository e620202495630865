import { create } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { afterEach, describe, expect, it } from 'vitest';
import { ClockReportSchema, ClockSource } from '#gen/clock_pb.js';
import { DeviceSettingsSchema } from '#gen/handshake_pb.js';
import { DeviceStatusSchema, Sht4xSchema, TimeSource } from '#gen/reading_pb.js';
import { importEphemeral } from '../../src/crypto/noise.ts';
import type { DeviceEvent } from '../../src/device/device-event.ts';
import { ReadingQueue } from '../../src/device/queue.ts';
import { GreenhouseSensors } from '../../src/device/sensors.ts';
import { SimulatedEsp32, type SimulatedEsp32Options } from '../../src/device/simulated-esp32.ts';
import type { Ntp } from '../../src/device/simulated-ntp.ts';
import { durationOf, hour, type Micros, microsOfDuration, microsOfTimestamp, minute, second } from '../../src/time.ts';
import { FakeServer, flipBit, unauthenticated } from './fake-server.ts';
import { VirtualTime } from './virtual-time.ts';

const millisecond = second / 1000;
const oneWay = 5 * millisecond;
const deviceKey = Buffer.alloc(32, 0x5a);
const running: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});

const noNtp: Ntp = { server: 'none.invalid', ask: () => undefined };
const ntpAheadBy = (error: Micros): Ntp => ({
  server: 'ntp.invalid',
  ask: (wall, uptime) => ({ asked: uptime, received: wall + error, answered: wall + error, returned: uptime }),
});

function setUp() {
  const time = new VirtualTime();
  const travel = { oneWay };
  const server = new FakeServer({
    deviceKeys: { greenhouse: deviceKey },
    clock: time,
    travel: () => time.wait(travel.oneWay),
  });
  return { time, server, travel };
}

/** A device that runs against the server until the test ends. */
function boot({ time, server }: ReturnType<typeof setUp>, options: Partial<SimulatedEsp32Options> = {}) {
  const events: DeviceEvent[] = [];
  let ephemerals = 0;
  const device = new SimulatedEsp32({
    deviceId: 'greenhouse',
    deviceKey,
    transport: server.transport,
    clock: time,
    scheduler: time,
    randomBytes: (count) => Buffer.alloc(count, 0xab),
    generateEphemeral: () => {
      ephemerals += 1;
      return importEphemeral(Buffer.alloc(32, ephemerals));
    },
    seed: 1,
    sensors: new GreenhouseSensors({ seed: 1, failureChance: 0 }),
    onEvent: (event) => events.push(event),
    ...options,
  });
  const controller = new AbortController();
  const run = device.run(controller.signal);
  const stop = async () => {
    controller.abort();
    await run;
  };
  running.push(stop);
  return { device, events, stop };
}

function start(options: Partial<SimulatedEsp32Options> = {}) {
  const world = setUp();
  return { ...world, ...boot(world, options) };
}

const away = () => {
  throw new ConnectError('nobody there', Code.Unavailable);
};
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const ofType = <Type extends DeviceEvent['type']>(events: readonly DeviceEvent[], type: Type) =>
  events.filter((event): event is Extract<DeviceEvent, { type: Type }> => event.type === type);

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

describe('its clock', () => {
  it('gives the first reading uptime only, and later ones the time by NTP', async () => {
    const { time, server } = start();
    await time.advance(15 * second);
    const [first, later] = [...server.stored.values()];
    expect(first).toMatchObject({ timeSource: TimeSource.UPTIME, uptime: durationOf(0) });
    expect(first!.collectedTime).toBeUndefined();
    expect(later!.timeSource).toBe(TimeSource.NTP);
    expect(microsOfTimestamp(later!.collectedTime)! / second).toBeCloseTo(time.wall() / second - 5, 1);
  });

  it('goes by the sealed answers of the server when NTP does not answer', async () => {
    const { time, server } = start({ ntp: noNtp });
    await time.advance(15 * second);
    const later = [...server.stored.values()][1]!;
    expect(later.timeSource).toBe(TimeSource.SERVER);
    expect(microsOfTimestamp(later.collectedTime)! / second).toBeCloseTo(time.wall() / second - 5, 3);
    expect(server.reports.every(({ source }) => source === ClockSource.LOCAL)).toBe(true);
  });

  it('believes the server against NTP, and says so once', async () => {
    const { time, server, events } = start({ ntp: ntpAheadBy(5 * second) });
    await time.advance(5 * minute);
    expect(server.stored.get(`${0x1_abab_ababn}/2`)!.timeSource).toBe(TimeSource.SERVER);
    const distrusted = ofType(events, 'ntp-distrusted');
    expect(distrusted.length).toBe(1);
    expect(distrusted[0]!.difference / second).toBeCloseTo(5, 2);
  });

  it('is never set while the server does not trust its own and NTP does not answer', async () => {
    const world = setUp();
    world.server.trustsItsClock = false;
    const { events } = boot(world, { ntp: noNtp });
    await world.time.advance(minute);
    const sources = [...world.server.stored.values()].map(({ timeSource }) => timeSource);
    expect(sources).toEqual(Array(6).fill(TimeSource.UPTIME));
    expect(ofType(events, 'local-time').some(({ text }) => text !== undefined)).toBe(false);
    expect(world.server.reports.at(-1)).toEqual(
      create(ClockReportSchema, { source: ClockSource.LOCAL, uptime: world.server.reports.at(-1)!.uptime! }),
    );
  });

  it('is reported with what the last report measured', async () => {
    const { time, server } = start({ ntp: ntpAheadBy(second), utcOffsetSeconds: -7_200 });
    await time.advance(1.5 * second);
    const [first, byNtp, second_] = server.reports;
    const uptimeOf = (report = first) => microsOfDuration(report!.uptime)!;
    expect(first).toMatchObject({ source: ClockSource.LOCAL, utcOffsetSeconds: -7_200, ntpServer: '' });
    expect([first!.measuredOffset, first!.roundTrip, first!.ntpOffset]).toEqual([undefined, undefined, undefined]);
    // NTP answered at uptime 0, when the clock was not set, and was a second ahead.
    expect(microsOfTimestamp(first!.deviceTime)! - uptimeOf()).toBe(time.wall() - 1.5 * second + second);
    expect(byNtp).toMatchObject({ source: ClockSource.NTP, ntpServer: 'ntp.invalid' });
    expect(microsOfDuration(byNtp!.measuredOffset)! / second).toBeCloseTo(-1, 4);
    expect(microsOfDuration(byNtp!.roundTrip)!).toBeCloseTo(2 * oneWay, -1);
    expect(second_).toMatchObject({ source: ClockSource.LOCAL, ntpServer: '' });
    expect(uptimeOf(second_) / second).toBeCloseTo(1, 3);
  });

  it("carries NTP's last correction in the reports of its job", async () => {
    const { time, server } = start({ ntp: ntpAheadBy(second) });
    await time.advance(minute + second);
    const byNtp = server.reports.filter(({ source }) => source === ClockSource.NTP);
    expect(byNtp.map(({ ntpOffset }) => ntpOffset && Math.round(microsOfDuration(ntpOffset)! / millisecond))).toEqual([
      undefined,
      // What NTP said at the boot, less what the crystal has drifted in a minute.
      0,
    ]);
  });
});

describe('its sensors', () => {
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

describe('when something is wrong', () => {
  it('keeps its readings while the server is away, and delivers every one of them exactly once', async () => {
    const { time, server, events, device } = start();
    await time.advance(minute);
    server.before = away;
    await time.advance(hour);
    expect(device.queued).toBe(361);
    expect(ofType(events, 'unreachable').length).toBeGreaterThan(50);
    expect(ofType(events, 'unreachable').length).toBeLessThan(500);
    server.before = () => {};
    const before = server.batches.length;
    await time.advance(minute + second);
    const sampled = 6 * 62 + 1;
    expect(device.queued).toBe(0);
    expect([server.storedSequences, server.duplicates]).toEqual([range(1, sampled), 0]);
    const batches = server.batches.slice(before).map(({ readings }) => readings.map((each) => Number(each.sequence)));
    expect(Math.max(...batches.map((batch) => batch.length))).toBe(64);
    const [newest, ...oldest] = batches[0]!;
    expect(newest).toBeGreaterThan(360);
    expect(oldest).toEqual(range(7, 69));
  });

  it.each([
    ['a receipt is lost', away],
    ['a receipt is forged', (_: unknown, answer: Parameters<typeof flipBit>[0]) => flipBit(answer)],
  ])('frees nothing when %s, and the reading is stored once all the same', async (_, after) => {
    const { time, server, device } = start();
    server.after = after;
    await time.advance(65 * second);
    expect(device.queued).toBe(7);
    expect(server.storedSequences.length).toBeGreaterThan(1);
    server.after = (_, answer) => answer;
    await time.advance(2 * minute);
    expect(device.queued).toBe(0);
    expect(server.storedSequences).toEqual(range(1, server.storedSequences.length));
    expect(server.duplicates).toBeGreaterThan(0);
    expect(new Set(server.counters).size).toBe(server.counters.length);
  });

  it('sets no clock by a forged answer', async () => {
    const world = setUp();
    world.server.trustsItsClock = false;
    world.server.after = (_, answer) => flipBit(answer);
    boot(world, { ntp: noNtp });
    await world.time.advance(second);
    world.server.trustsItsClock = true;
    await world.time.advance(minute);
    expect(world.server.reports.length).toBeGreaterThan(1);
    expect(world.server.reports.every(({ deviceTime }) => deviceTime === undefined)).toBe(true);
  });

  it('shakes hands again at once when its session is gone, and loses nothing', async () => {
    const { time, server, events } = start();
    await time.advance(minute);
    server.forgetSessions();
    await time.advance(minute + second);
    expect(server.hellos.length).toBe(2);
    expect(ofType(events, 'refused').map(({ error, wait }) => [error.kind, wait])).toEqual([['unauthenticated', 0]]);
    expect([server.storedSequences, server.duplicates]).toEqual([range(1, 13), 0]);
    const [first, again] = server.hellos.map(({ uptime }) => microsOfDuration(uptime)!);
    expect(again).toBeGreaterThan(first!);
  });

  it('shakes hands when the lifetime of its session is over', async () => {
    const { time, server, events } = start({ speed: 0.01 });
    await time.advance(24 * hour + hour);
    expect(server.hellos.length).toBe(2);
    expect(ofType(events, 'refused')).toEqual([]);
  });

  it.each([
    ['every record', (call: string) => call !== 'KeyExchange'],
    ['everything', () => true],
  ])('shakes hands at most once in 2 s when %s is refused as unauthenticated', async (_, refused) => {
    const { time, server } = start();
    server.before = (call) => {
      if (refused(call)) throw unauthenticated();
    };
    await time.advance(30 * minute);
    const at = server.calls.filter(({ call }) => call === 'KeyExchange').map((call) => call.at);
    const gaps = at.slice(1).map((moment, index) => moment - at[index]!);
    expect(at.length).toBeGreaterThan(20);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(2 * second);
    // It has backed off as well: 2 s apart would be 900.
    expect(at.length).toBeLessThan(200);
  });

  it.each([
    ['7', 7 * second],
    ['3600', 5 * minute],
  ])('waits as long as Retry-After: %s asks, up to 5 minutes', async (retryAfter, wait) => {
    const { time, server } = start();
    await time.advance(5 * second + 500 * millisecond);
    const calls = server.calls.length;
    server.before = () => {
      server.before = () => {};
      throw new ConnectError('full', Code.ResourceExhausted, { 'retry-after': retryAfter });
    };
    await time.advance(6 * minute);
    const [refused, next] = server.calls.slice(calls);
    expect(next!.at - refused!.at).toBe(wait + oneWay);
  });

  it('drops the oldest readings when its queue is full, and counts them', async () => {
    const { time, server, events } = start({ queue: new ReadingQueue(10) });
    server.before = away;
    await time.advance(5 * minute - second);
    expect(ofType(events, 'dropped').map(({ total }) => total)).toEqual(range(1, 20));
    server.before = () => {};
    await time.advance(2 * minute);
    const { storedSequences: arrived } = server;
    expect(arrived).toEqual(range(arrived[0]!, 42));
    expect(arrived[0]).toBeGreaterThan(20);
    const told = server.batches.findLast(({ status }) => status !== undefined)!.status!;
    expect(Number(told.droppedReadings)).toBe(arrived[0]! - 1);
  });

  it('delivers what an earlier boot left behind, never in one batch with its own', async () => {
    const world = setUp();
    const { time, server } = world;
    const queue = new ReadingQueue();
    server.before = away;
    const first = boot(world, { queue, bootCount: 1 });
    await time.advance(21 * minute);
    await first.stop();
    server.before = () => {};
    boot(world, { queue, bootCount: 2 });
    await time.advance(5 * second);
    expect(server.batches.map(({ bootId, readings }) => [bootId >> 32n, readings.length])).toEqual([
      [2n, 1],
      [1n, 64],
      [1n, 63],
    ]);
    expect([server.stored.size, server.duplicates]).toEqual([128, 0]);
  });

  it('starves neither uploads nor clock reports on a slow network', async () => {
    const { time, server, travel } = start();
    travel.oneWay = 2 * second;
    await time.advance(10 * minute);
    expect(server.batches.length).toBeGreaterThan(30);
    expect(server.reports.length).toBeGreaterThan(30);
    expect(server.storedSequences.length).toBeGreaterThan(55);
  });
});
