import { Code, ConnectError } from '@connectrpc/connect';
import { afterEach } from 'vitest';
import { importEphemeral } from '../../src/crypto/noise.ts';
import type { DeviceEvent } from '../../src/device/device-event.ts';
import { GreenhouseSensors } from '../../src/device/sensors.ts';
import { SimulatedEsp32, type SimulatedEsp32Options } from '../../src/device/simulated-esp32.ts';
import type { Ntp } from '../../src/device/simulated-ntp.ts';
import { type Micros, second } from '../../src/time.ts';
import { FakeServer } from './fake-server.ts';
import { VirtualTime } from './virtual-time.ts';

export const millisecond = second / 1000;
export const oneWay = 5 * millisecond;
export const deviceKey = Buffer.alloc(32, 0x5a);
const running: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});

export const noNtp: Ntp = { server: 'none.invalid', ask: () => undefined };
export const ntpAheadBy = (error: Micros): Ntp => ({
  server: 'ntp.invalid',
  ask: (wall, uptime) => ({ asked: uptime, received: wall + error, answered: wall + error, returned: uptime }),
});

export function setUp() {
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
export function boot({ time, server }: ReturnType<typeof setUp>, options: Partial<SimulatedEsp32Options> = {}) {
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

export function start(options: Partial<SimulatedEsp32Options> = {}) {
  const world = setUp();
  return { ...world, ...boot(world, options) };
}

export const away = () => {
  throw new ConnectError('nobody there', Code.Unavailable);
};
export const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
export const ofType = <Type extends DeviceEvent['type']>(events: readonly DeviceEvent[], type: Type) =>
  events.filter((event): event is Extract<DeviceEvent, { type: Type }> => event.type === type);
