import { randomBytes } from 'node:crypto';
import { commandLine } from '../access/actor.ts';
import { DeviceAdmin } from '../access/device-admin.ts';
import { systemClock } from '../time.ts';
import { type ReservedHeader, reserveHeader } from './device-header.ts';
import type { StoreOptions } from './options.ts';
import { printJson, printLines } from './output.ts';
import { withStore } from './with-store.ts';

/** What `add` and `rotate` share: a new key, stored, then shown once. */
export interface NewKeyOptions extends StoreOptions {
  readonly json?: true;
  readonly out?: string;
}

export async function addDevice(deviceId: string, options: NewKeyOptions): Promise<void> {
  await giveKey(deviceId, options, (admin, key) => admin.add(deviceId, key, commandLine), [
    `${deviceId} is registered.`,
  ]);
}

export async function rotateKey(deviceId: string, options: NewKeyOptions & { readonly now?: true }): Promise<void> {
  const atOnce = options.now === true;
  await giveKey(deviceId, options, (admin, key) => admin.rotate(deviceId, key, atOnce, commandLine), [
    `${deviceId} has a new key.`,
    atOnce ? 'The old one has ended.' : 'The old one works until the device first uses the new one.',
  ]);
}

async function giveKey(
  deviceId: string,
  options: NewKeyOptions,
  change: (admin: DeviceAdmin, key: Buffer) => Promise<void>,
  done: readonly string[],
): Promise<void> {
  const header = options.out === undefined ? undefined : reserveHeader(options.out);
  const key = randomBytes(32);
  try {
    await withStore(options, (store) => change(new DeviceAdmin({ store, now: systemClock.wall }), key));
    header?.write(deviceId, key);
    show(deviceId, key, options, header, done);
  } catch (error) {
    header?.abandon();
    throw error;
  } finally {
    key.fill(0);
  }
}

function show(
  deviceId: string,
  key: Buffer,
  { json, out }: NewKeyOptions,
  header: ReservedHeader | undefined,
  done: readonly string[],
): void {
  if (json) {
    printJson(header ? { device: deviceId, out } : { device: deviceId, key: key.toString('base64') });
  } else if (header) {
    printLines(
      ...done,
      `Its key is in ${out}, and nowhere else that can be read.`,
      '',
      'Next: fill in the Wi-Fi and the server there, then run pio run -t upload in firmware/',
    );
  } else {
    printLines(
      ...done,
      '',
      `  key  ${key.toString('base64')}`,
      '',
      'This is shown once. Next, give the id and the key to the device: on its serial console,',
      `  set device ${deviceId}`,
      '  set key            (it asks for the key)',
      'or have the key in a header for the build instead of on the screen:',
      `  sealpost device rotate ${deviceId} --now --out firmware/include/device_config.h`,
    );
  }
}
