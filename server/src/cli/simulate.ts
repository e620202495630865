import { randomBytes, randomInt } from 'node:crypto';
import { generateEphemeral } from '../crypto/noise.ts';
import { connectTo } from '../device/connection.ts';
import type { DeviceEvent } from '../device/device-event.ts';
import { Fleet, type FleetTotals } from '../device/fleet.ts';
import type { DeviceIdentity } from '../device/handshake.ts';
import { systemScheduler } from '../device/scheduler.ts';
import { OperatorError } from '../errors.ts';
import { second, systemClock } from '../time.ts';
import type { StoreOptions } from './options.ts';
import { count, printJson, printLines } from './output.ts';
import { keysFromFile, keysFromStore } from './simulated-keys.ts';
import { untilStopped } from './until-stopped.ts';

export interface SimulateOptions extends StoreOptions {
  readonly server: string;
  readonly devices: number;
  readonly speed: number;
  readonly prefix: string;
  readonly keyFile?: string;
  readonly readings?: number;
  readonly seconds?: number;
  readonly json?: true;
}

export async function simulate(options: SimulateOptions): Promise<void> {
  const ids = Array.from(
    { length: options.devices },
    (_, index) => `${options.prefix}-${String(index + 1).padStart(4, '0')}`,
  );
  const devices =
    options.keyFile === undefined ? await keysFromStore(options, ids) : keysFromFile(options.keyFile, options.devices);

  const stop = new AbortController();
  void untilStopped().then(() => stop.abort());
  const began = systemClock.monotonic();
  let lastTrouble: string | undefined;
  const fleet = fleetOf(options.server, devices, options.speed, (_deviceId, event) => {
    if (event.type === 'refused' || event.type === 'unreachable') lastTrouble = event.error.message;
    if (options.readings !== undefined && fleet.totals.readings >= options.readings) stop.abort();
  });
  process.stderr.write(`${count(devices.length, 'simulated ESP32')} against ${options.server}; Ctrl-C ends it.\n`);
  const progress = setInterval(() => {
    const elapsed = (systemClock.monotonic() - began) / second;
    process.stderr.write(
      `${process.stderr.isTTY ? '\r\x1b[K' : ''}${progressLine(fleet.totals, elapsed, lastTrouble)}${process.stderr.isTTY ? '' : '\n'}`,
    );
    if (options.seconds !== undefined && elapsed >= options.seconds) stop.abort();
  }, 1000);
  await fleet.run(stop.signal);
  clearInterval(progress);
  if (process.stderr.isTTY) process.stderr.write('\n');

  const { totals } = fleet;
  if (options.json) printJson(totals);
  else printLines(progressLine(totals, (systemClock.monotonic() - began) / second, undefined));
  if (totals.readings === 0) {
    throw new OperatorError(`no reading was receipted${lastTrouble === undefined ? '' : `: ${lastTrouble}`}`);
  }
}

/** A fleet on the real clocks; its devices share at most 64 sockets. The connection ends when the fleet has. */
export function fleetOf(
  server: string,
  devices: readonly DeviceIdentity[],
  speed: number,
  onEvent: (deviceId: string, event: DeviceEvent) => void,
): Pick<Fleet, 'totals' | 'run'> {
  const connection = connectTo(server, { sockets: Math.min(64, devices.length) });
  const fleet = new Fleet({
    devices,
    transport: connection.transport,
    clock: systemClock,
    scheduler: systemScheduler,
    randomBytes,
    generateEphemeral,
    seed: randomInt(2 ** 31),
    utcOffsetSeconds: -new Date().getTimezoneOffset() * 60,
    speed,
    onEvent,
  });
  return {
    get totals() {
      return fleet.totals;
    },
    async run(signal) {
      await fleet.run(signal);
      connection.close();
    },
  };
}

function progressLine(totals: FleetTotals, elapsed: number, trouble: string | undefined): string {
  const { readings, queued, handshakes, duplicates, dropped, refused, unreachable } = totals;
  const parts = [
    `${Math.round(elapsed)} s`,
    `${count(readings, 'reading')} receipted`,
    `${(readings / Math.max(elapsed, 0.001)).toFixed(1)}/s`,
    `${queued} queued`,
    count(handshakes, 'handshake'),
    ...(duplicates > 0 ? [count(duplicates, 'duplicate')] : []),
    ...(dropped > 0 ? [`${dropped} dropped`] : []),
    ...(refused > 0 ? [`${refused} refused`] : []),
    ...(unreachable > 0 ? [`${unreachable} unanswered`] : []),
  ];
  return trouble === undefined ? parts.join(', ') : `${parts.join(', ')} (last: ${trouble})`;
}
