import { resolve } from 'node:path';
import { defaultConfig } from '../config.ts';
import type { LatestReading } from '../readers/latest-reading.ts';
import { loadLogger } from './logger.ts';
import { printLines } from './output.ts';
import { startServer } from './running-server.ts';
import { fleetOf } from './simulate.ts';
import { keysFromStore } from './simulated-keys.ts';
import { untilStopped } from './until-stopped.ts';

export interface DemoOptions {
  readonly port: number;
  readonly data: string;
  readonly speed: number;
  readonly readings?: number;
}

const deviceIds = ['demo-greenhouse', 'demo-cellar', 'demo-roof'];

/** A whole installation in one process: the server, three devices, and a reader that asks it over HTTP. */
export async function demo({ port, data, speed, readings }: DemoOptions): Promise<void> {
  const { logger } = await loadLogger('warn');
  const devices = await keysFromStore({ data }, deviceIds);
  const server = await startServer({
    host: '127.0.0.1',
    port,
    data,
    config: defaultConfig,
    logger,
    acceptClock: false,
  });
  const url = `http://127.0.0.1:${server.port}`;
  explain(url, data, 10 / speed);

  const stop = new AbortController();
  void untilStopped().then(() => stop.abort());
  const shown: Promise<void>[] = [];
  let left = readings ?? Number.POSITIVE_INFINITY;
  const fleet = fleetOf(url, devices, speed, (deviceId, event) => {
    if (event.type === 'handshake') printLines(`${clockTime()}  ${deviceId} shook hands`);
    if (event.type === 'refused' || event.type === 'unreachable')
      printLines(`${clockTime()}  ${deviceId}: ${event.error.message}`);
    if (event.type !== 'uploaded') return;
    shown.push(show(url, deviceId));
    left -= event.readings;
    if (left <= 0) stop.abort();
  });
  await fleet.run(stop.signal);
  await Promise.all(shown);
  await server.close();
  printLines('', `The demo is over; its readings stay in ${resolve(data)}.`, 'For the real thing: npm start');
}

function explain(url: string, data: string, interval: number): void {
  printLines(
    `A sealpost server is running at ${url}, with its data in ${resolve(data)}.`,
    `Three simulated ESP32s shake hands with it, seal a reading every ${interval} seconds, and send it.`,
    'Each line below is what the server then gives out as JSON. Try it yourself, in another terminal:',
    '',
    `  curl ${url}/sensor`,
    '',
    'Ctrl-C ends it.',
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
