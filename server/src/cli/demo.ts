import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { defaultConfig } from '../config.ts';
import type { DeviceIdentity } from '../device/handshake.ts';
import type { LatestReading } from '../readers/latest-reading.ts';
import { loadLogger } from './logger.ts';
import { printLines } from './output.ts';
import { startServer } from './running-server.ts';
import { fleetOf } from './simulate.ts';
import { keysFromStore } from './simulated-keys.ts';
import { untilStopped } from './until-stopped.ts';
import { type Happening, runVirtualEsp32 } from './virtual-esp32.ts';

export interface DemoOptions {
  readonly port: number;
  readonly data: string;
  readonly speed: number;
  readonly readings?: number;
  /** The virtual ESP32, used when it is there. */
  readonly firmware: string;
}

type Devices = (server: string, signal: AbortSignal) => Promise<unknown>;
type OnHappening = (deviceId: string, happening: Happening) => void;

const deviceIds = ['demo-greenhouse', 'demo-cellar', 'demo-roof'];

/** A whole installation: the server, three devices, and a reader that asks it over HTTP. */
export async function demo(options: DemoOptions): Promise<void> {
  const { port, data, speed, readings, firmware } = options;
  const { logger } = await loadLogger('warn');
  const identities = await keysFromStore({ data }, deviceIds);
  const server = await startServer({
    host: '127.0.0.1',
    port,
    data,
    config: defaultConfig,
    logger,
    acceptClock: false,
  });
  const url = `http://127.0.0.1:${server.port}`;
  const isBuilt = existsSync(firmware);
  explain(url, data, 10 / speed, isBuilt);

  const stop = new AbortController();
  void untilStopped().then(() => stop.abort());
  const shown: Promise<void>[] = [];
  let left = readings ?? Number.POSITIVE_INFINITY;
  const onHappening: OnHappening = (deviceId, happening) => {
    if (happening.type === 'handshake') printLines(`${clockTime()}  ${deviceId} shook hands`);
    if (happening.type === 'trouble') printLines(`${clockTime()}  ${deviceId}: ${happening.text}`);
    if (happening.type !== 'uploaded') return;
    shown.push(show(url, deviceId));
    left -= happening.readings;
    if (left <= 0) stop.abort();
  };
  const devices = isBuilt
    ? virtualDevices(identities, options, onHappening)
    : simulatedDevices(identities, speed, onHappening);
  await devices(url, stop.signal);
  await Promise.all(shown);
  await server.close();
  printLines('', `The demo is over; its readings stay in ${resolve(data)}.`, 'For the real thing: npm start');
}

/** The firmware itself: a process for each device, which keeps its key and its flash in the demo's data. */
function virtualDevices(
  identities: readonly DeviceIdentity[],
  { data, speed, firmware }: DemoOptions,
  onHappening: OnHappening,
): Devices {
  return (server, signal) =>
    Promise.all(
      identities.map((identity) => {
        const { deviceId } = identity;
        const options = {
          program: resolve(firmware),
          server,
          directory: data,
          sampleIntervalSeconds: 10 / speed,
          onHappening: (happening: Happening) => onHappening(deviceId, happening),
        };
        return runVirtualEsp32(identity, options, signal);
      }),
    );
}

/** The device's side in TypeScript, in this process. */
function simulatedDevices(identities: readonly DeviceIdentity[], speed: number, onHappening: OnHappening): Devices {
  return (server, signal) =>
    fleetOf(server, identities, speed, (deviceId, event) => {
      if (event.type === 'handshake' || event.type === 'uploaded') onHappening(deviceId, event);
      if (event.type === 'refused' || event.type === 'unreachable')
        onHappening(deviceId, { type: 'trouble', text: event.error.message });
    }).run(signal);
}

function explain(url: string, data: string, interval: number, isFirmware: boolean): void {
  printLines(
    `A sealpost server is running at ${url}, with its data in ${resolve(data)}.`,
    `Three ${isFirmware ? 'virtual' : 'simulated'} ESP32s shake hands with it, seal a reading every ${interval} seconds, and send it.`,
    isFirmware
      ? 'They are the firmware itself, each a process on this machine.'
      : 'To see the firmware itself do that, build it for this machine first: npm run firmware:linux',
    'Each line below is what the server then gives out as JSON. Try it yourself, in another terminal:',
    '',
    `  curl ${url}/sensor`,
    '',
    `Or open ${url} in a browser. Ctrl-C ends it.`,
    '',
  );
}

/** Asks the server as anyone on this machine can, and prints the main values. */
async function show(url: string, deviceId: string): Promise<void> {
  const response = await fetch(`${url}/sensor?device=${deviceId}`);
  if (!response.ok) return;
  const latest = (await response.json()) as LatestReading;
  const value = (number: number | null, unit: string) =>
    `${number === null ? '-' : number.toFixed(1)} ${unit}`.padStart(11);
  printLines(
    `${clockTime()}  ${latest.device.padEnd(16)}${value(latest.temp_sht4, '°C')}${value(latest.humid_sht4, '%')}` +
      `${value(latest.pressure_bmp, 'hPa')}${value(latest.az, 'm/s²')}   ${latest.current_time}`,
  );
}

function clockTime(): string {
  return new Date().toTimeString().slice(0, 8);
}
