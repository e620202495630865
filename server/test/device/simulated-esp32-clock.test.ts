import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ClockReportSchema, ClockSource } from '#gen/clock_pb.js';
import { TimeSource } from '#gen/reading_pb.js';
import { durationOf, microsOfDuration, microsOfTimestamp, minute, second } from '../../src/time.ts';
import { boot, millisecond, noNtp, ntpAheadBy, ofType, oneWay, setUp, start } from './simulated-world.ts';

describe("a simulated ESP32's clock", () => {
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
