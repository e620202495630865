import { describe, expect, it } from 'vitest';
import { TimeSource } from '#gen/reading_pb.js';
import { DeviceClock, delayOf, offsetOf, type TimeExchange } from '../../src/device/clock.ts';
import { type Micros, second } from '../../src/time.ts';
import { VirtualTime } from './virtual-time.ts';

const epoch = Date.UTC(2026, 10, 22, 12) * 1000;

/** An exchange that began at uptime `asked`, took `delay` there and back, with an answerer `ahead` of uptime. */
function exchange(asked: Micros, ahead: Micros, delay: Micros): TimeExchange {
  const arrived = asked + ahead + delay / 2;
  return { asked, received: arrived, answered: arrived, returned: asked + delay };
}

describe('an exchange of times', () => {
  it('gives offset and delay by the formulas of RFC 5905, section 8', () => {
    const known = { asked: 1_000, received: 5_300, answered: 5_350, returned: 1_450 };
    expect({ offset: offsetOf(known), delay: delayOf(known) }).toEqual({ offset: 4_100, delay: 400 });
  });

  it('has a negative offset when the asker is ahead, and leaves out the time that the answerer took', () => {
    const known = { asked: 9_000_000, received: 4_010_000, answered: 7_010_000, returned: 12_030_000 };
    expect({ offset: offsetOf(known), delay: delayOf(known) }).toEqual({ offset: -5_005_000, delay: 30_000 });
  });

  it('gives whole microseconds', () => {
    expect(offsetOf({ asked: 0, received: 3, answered: 3, returned: 1 })).toBe(3);
  });
});

describe("the device's clock", () => {
  it('has uptime only until something sets it', () => {
    expect(new DeviceClock(() => 0).stampAt(7 * second)).toEqual({ source: TimeSource.UPTIME });
  });

  it('counts uptime from its boot, monotonic, as fast as its crystal runs', async () => {
    const time = new VirtualTime();
    await time.advance(100 * second);
    const clock = new DeviceClock(time.monotonic, 20);
    expect(clock.uptime()).toBe(0);
    await time.advance(1_000 * second);
    expect(clock.uptime()).toBe(1_000 * second + 20_000);
  });

  it('takes the time from the server when it has nothing else', () => {
    const clock = new DeviceClock(() => 0);
    expect(clock.setFromServer(exchange(second, epoch, 10_000))).toBeUndefined();
    expect(clock.stampAt(5 * second)).toEqual({ source: TimeSource.SERVER, time: epoch + 5 * second });
  });

  it('stamps by NTP when that has answered and the server agrees', () => {
    const clock = new DeviceClock(() => 0);
    clock.setFromServer(exchange(second, epoch, 10_000));
    clock.setFromNtp(exchange(second, epoch + 2 * second, 10_000));
    expect(clock.disagreement).toBeUndefined();
    expect(clock.stampAt(5 * second)).toEqual({ source: TimeSource.NTP, time: epoch + 7 * second });
  });

  it.each([1, -1])('believes the server when NTP differs by more than 2 s (%i)', (sign) => {
    const clock = new DeviceClock(() => 0);
    clock.setFromServer(exchange(second, epoch, 10_000));
    clock.setFromNtp(exchange(second, epoch + sign * (2 * second + 1), 10_000));
    expect(clock.disagreement).toBe(sign * (2 * second + 1));
    expect(clock.stampAt(5 * second)).toEqual({ source: TimeSource.SERVER, time: epoch + 5 * second });
  });

  it('believes NTP alone until the server contradicts it, and again when they agree', () => {
    const clock = new DeviceClock(() => 0);
    clock.setFromNtp(exchange(second, 0, 10_000));
    expect(clock.stampAt(0).source).toBe(TimeSource.NTP);
    clock.setFromServer(exchange(second, epoch, 10_000));
    expect(clock.stampAt(0).source).toBe(TimeSource.SERVER);
    clock.setFromNtp(exchange(2 * second, epoch, 10_000));
    expect(clock.stampAt(0).source).toBe(TimeSource.NTP);
  });

  it('says by how much an answer was ahead of what it showed', () => {
    const clock = new DeviceClock(() => 0);
    expect(clock.setFromNtp(exchange(second, epoch, 10_000))).toBeUndefined();
    expect(clock.setFromServer(exchange(second, epoch + 300, 10_000))).toBe(300);
    expect(clock.setFromNtp(exchange(second, epoch - 200, 10_000))).toBe(-200);
  });

  it('keeps the answer that came sooner, until drift has made it worse than a slower one', () => {
    const clock = new DeviceClock(() => 0);
    const shown = () => clock.stampAt(0).time! - epoch;
    clock.setFromServer(exchange(second, epoch, 10_000));
    clock.setFromServer(exchange(10 * second, epoch + 1_000, 20_000));
    expect(shown()).toBe(0);
    // 5 ms worse, and drift makes 50 µs of every second: 100 s.
    clock.setFromServer(exchange(99 * second, epoch + 1_000, 20_000));
    expect(shown()).toBe(0);
    clock.setFromServer(exchange(102 * second, epoch + 1_000, 20_000));
    expect(shown()).toBe(1_000);
    clock.setFromServer(exchange(103 * second, epoch + 500, 10_000));
    expect(shown()).toBe(500);
  });

  it("follows the server's clock at once when it was put right", () => {
    const clock = new DeviceClock(() => 0);
    clock.setFromServer(exchange(second, epoch, 10_000));
    clock.setFromServer(exchange(2 * second, epoch - 60 * second, 20_000));
    expect(clock.stampAt(0).time).toBe(epoch - 60 * second);
  });
});
