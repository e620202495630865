import { describe, expect, it } from 'vitest';
import { type Moment, ServerClock } from '../../src/readings/server-clock.ts';
import { day, hour, type Micros, minute, second } from '../../src/time.ts';
import { TestClock } from '../clock.ts';

const noon: Micros = Date.UTC(2026, 10, 22, 12) * 1000;
const start: Micros = 5 * hour;

function watched({ wall = noon, floor = noon - day, epoch = 3 } = {}) {
  const clock = new TestClock(wall, start);
  const said: string[] = [];
  const serverClock = new ServerClock({ clock, floor, epoch, onChange: (sentence) => said.push(sentence) });
  return { clock, serverClock, said };
}

const moment = (elapsed: Micros, wall: Micros | null, epoch = 3): Moment => ({
  monotonic: start + elapsed,
  wall,
  epoch,
});

describe("the server's clock", () => {
  it("is the machine's while nothing is wrong with it, and says nothing", () => {
    const { clock, serverClock, said } = watched();
    expect(serverClock.now()).toEqual(moment(0, noon));
    clock.advance(minute);
    expect(serverClock.now()).toEqual(moment(minute, noon + minute));
    clock.advance(30 * day);
    expect(serverClock.now()).toEqual(moment(minute + 30 * day, noon + minute + 30 * day));
    expect(said).toEqual([]);
  });

  it('gives no time before its floor, and says so once', () => {
    const { clock, serverClock, said } = watched({ wall: second, floor: noon });
    expect(serverClock.now()).toEqual(moment(0, null));
    clock.advance(minute);
    expect(serverClock.now()).toEqual(moment(minute, null));
    expect(said).toEqual([
      'the clock of this machine says 1970-01-01T00:00:01.000Z, before 2026-11-22T12:00:00.000Z, which has passed already: readings are kept, but no time is given until it is set',
    ]);
  });

  it('gives the time from its floor on', () => {
    const { clock, serverClock, said } = watched({ wall: noon - 2, floor: noon });
    expect(serverClock.now().wall).toBeNull();
    clock.advance(1);
    expect(serverClock.now().wall).toBeNull();
    clock.advance(1);
    expect(serverClock.now().wall).toBe(noon);
    expect(said.slice(1)).toEqual(['the clock of this machine is right again']);
  });

  it('starts a new epoch when it is set at last, and says both', () => {
    const { clock, serverClock, said } = watched({ wall: 0, floor: noon - day });
    serverClock.now();
    clock.advance(minute);
    clock.stepWall(noon - minute);
    expect(serverClock.now()).toEqual(moment(minute, noon, 4));
    expect(serverClock.now()).toEqual(moment(minute, noon, 4));
    expect(said.slice(1)).toEqual([
      `the clock of this machine stepped by ${(noon / second - 60).toFixed(1)} s`,
      'the clock of this machine is right again',
    ]);
  });

  it.each([
    ['forward', hour, '3600.0'],
    ['back', -hour, '-3600.0'],
    ['forward by just more than half a second', second / 2 + 1, '0.5'],
    ['back by just more than half a second', -second / 2 - 1, '-0.5'],
  ])('starts a new epoch at a step %s, and says so once', (_, by, seconds) => {
    const { clock, serverClock, said } = watched();
    serverClock.now();
    clock.stepWall(by);
    expect(serverClock.now()).toEqual(moment(0, noon + by, 4));
    clock.advance(minute);
    expect(serverClock.now()).toEqual(moment(minute, noon + by + minute, 4));
    expect(said).toEqual([`the clock of this machine stepped by ${seconds} s`]);
  });

  it('starts a new epoch at each of several steps', () => {
    const { clock, serverClock, said } = watched();
    const epochs = [0, second, -second, 0, 2 * second].map((by) => {
      clock.stepWall(by);
      return serverClock.now().epoch;
    });
    expect(epochs).toEqual([3, 4, 5, 5, 6]);
    expect(said.length).toBe(3);
  });

  it('does not take for a step what NTP does all the time', () => {
    const { clock, serverClock, said } = watched();
    serverClock.now();
    for (const by of [second / 2, -second / 2, 1000, -1000]) {
      clock.stepWall(by);
      expect(serverClock.now().epoch).toBe(3);
    }
    expect(said).toEqual([]);
  });

  it.each([
    ['each second for an hour', second, 3600],
    ['each hour for a day', hour, 24],
    ['once a day for a month', day, 30],
  ])('does not take 500 ppm of slewing for a step, asked %s', (_, pause, times) => {
    for (const direction of [1, -1]) {
      const { clock, serverClock, said } = watched();
      serverClock.now();
      for (let count = 0; count < times; count += 1) {
        clock.advance(pause);
        clock.stepWall(direction * pause * 500e-6);
        expect(serverClock.now().epoch).toBe(3);
      }
      expect(said).toEqual([]);
    }
  });

  it('sees a step behind a long pause that slewing can not explain', () => {
    const { clock, serverClock } = watched();
    serverClock.now();
    clock.advance(hour);
    clock.stepWall(5 * second);
    expect(serverClock.now().epoch).toBe(4);
  });

  it('does not fall behind a time that was stored', () => {
    const { clock, serverClock, said } = watched();
    serverClock.stored(noon);
    expect(serverClock.now().wall).toBe(noon);
    clock.stepWall(-1);
    expect(serverClock.now()).toEqual(moment(0, null));
    clock.advance(1);
    expect(serverClock.now()).toEqual(moment(1, noon));
    expect(said).toEqual([
      'the clock of this machine says 2026-11-22T11:59:59.999Z, before 2026-11-22T12:00:00.000Z, which has passed already: readings are kept, but no time is given until it is set',
      'the clock of this machine is right again',
    ]);
  });

  it('keeps the greatest of the times that were stored, and its floor', () => {
    const { clock, serverClock } = watched();
    for (const time of [noon, noon - hour, 0]) serverClock.stored(time);
    clock.stepWall(-1);
    expect(serverClock.now().wall).toBeNull();
    const { clock: other, serverClock: untold } = watched();
    untold.stored(0);
    other.stepWall(-day - 1);
    expect(untold.now().wall).toBeNull();
  });

  it('says each change once, whatever happens: untrusted, stepped, right again', () => {
    const { clock, serverClock, said } = watched();
    const kinds = () => said.splice(0).map((sentence) => /says|stepped|right/.exec(sentence)?.[0]);
    serverClock.now();
    clock.stepWall(-2 * day);
    serverClock.now();
    serverClock.now();
    expect(kinds()).toEqual(['stepped', 'says']);
    clock.advance(hour);
    serverClock.now();
    expect(kinds()).toEqual([]);
    clock.stepWall(2 * day);
    serverClock.now();
    serverClock.now();
    expect(kinds()).toEqual(['stepped', 'right']);
  });
});

describe('a process that begins later with what another one saw', () => {
  const nothing = () => {};

  it('counts the steps that the other one has counted, and those since', () => {
    const { clock, serverClock } = watched();
    serverClock.now();
    clock.stepWall(hour);
    const sighting = serverClock.sighting();
    expect(sighting).toEqual({ offset: noon + hour - start, monotonic: start, epoch: 4 });
    clock.advance(minute);
    const later = new ServerClock({ clock, floor: 0, epoch: 9, sighting, onChange: nothing });
    expect(later.now()).toEqual(serverClock.now());
    clock.stepWall(-hour);
    const latest = new ServerClock({ clock, floor: 0, epoch: 9, sighting, onChange: nothing });
    expect(latest.now().epoch).toBe(5);
    expect(later.now().epoch).toBe(5);
    expect(serverClock.now().epoch).toBe(5);
  });
});
