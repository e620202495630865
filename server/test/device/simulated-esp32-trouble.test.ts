import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { ReadingQueue } from '../../src/device/queue.ts';
import { hour, microsOfDuration, minute, second } from '../../src/time.ts';
import { flipBit, unauthenticated } from './fake-server.ts';
import { away, boot, millisecond, noNtp, ofType, oneWay, range, setUp, start } from './simulated-world.ts';

describe('a simulated ESP32 when something is wrong', () => {
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
    ['SensorUpload', 'TimeSync'],
    ['TimeSync', 'SensorUpload'],
  ] as const)('tries %s ever more rarely while it fails, though %s comes through', async (failing, working) => {
    const { time, server } = start();
    await time.advance(5 * second);
    server.calls.length = 0;
    server.before = (call) => {
      if (call === failing) away();
    };
    await time.advance(30 * minute);
    const count = (name: string) => server.calls.filter(({ call }) => call === name).length;
    // About two in a minute once the bound is a minute; each second if the others' answers put it back.
    expect(count(failing)).toBeGreaterThan(30);
    expect(count(failing)).toBeLessThan(120);
    expect(count(working)).toBeGreaterThan(30);
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
