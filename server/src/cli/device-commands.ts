import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { toJson } from '@bufbuild/protobuf';
import type { Command } from 'commander';
import { KeyExchangeRequestSchema } from '#gen/device_service_pb.js';
import { commandLine } from '../access/actor.ts';
import { DeviceAdmin } from '../access/device-admin.ts';
import { version } from '../config.ts';
import { generateEphemeral } from '../crypto/noise.ts';
import { writeHello } from '../device/handshake.ts';
import { noSuchDevice, OperatorError, UsageError } from '../errors.ts';
import type { Store } from '../store/store.ts';
import { systemClock } from '../time.ts';
import { addDevice, rotateKey } from './device-keys.ts';
import { listDevices, showDevice } from './device-views.ts';
import { dataOption, deviceIdArgument, jsonOption, masterKeyFileOption, option, type StoreOptions } from './options.ts';
import { count, printJson, printLines } from './output.ts';
import { withStore } from './with-store.ts';

const outOption = () =>
  option('--out <file>', 'write the key into a header for the firmware, mode 0600, instead of showing it');

/** `sealpost device …`: works whether the server runs or not; a running server sees each change at once. */
export function addDeviceCommands(program: Command): void {
  const device = program.command('device').description('Register devices and look after their keys');
  const command = (name: string, description: string) =>
    device.command(name).description(description).addOption(dataOption()).addOption(masterKeyFileOption());
  const withId = (name: string, description: string) =>
    command(name, description).argument('<id>', 'the device', deviceIdArgument);

  withId('add', 'Register a device and show its key, once')
    .addOption(jsonOption())
    .addOption(outOption())
    .action(addDevice);
  command('list', 'List the devices').addOption(jsonOption()).action(listDevices);
  withId('show', 'Show what is known of a device; never its key').addOption(jsonOption()).action(showDevice);
  withId('rotate', 'Give a device a new key; the old one works until the new one is used')
    .addOption(option('--now', 'end the old key at once'))
    .addOption(jsonOption())
    .addOption(outOption())
    .action(rotateKey);
  withId('revoke', 'End every key of a device; its readings stay').addOption(jsonOption()).action(revokeDevice);
  withId('remove', 'Remove a device with its keys and its readings')
    .addOption(option('--yes', 'do not ask'))
    .addOption(jsonOption())
    .action(removeDevice);
  withId('hello', 'Print a KeyExchange request as JSON, to try the server by hand').action(printHello);
}

const adminOf = (store: Store) => new DeviceAdmin({ store, now: systemClock.wall });

async function revokeDevice(deviceId: string, options: StoreOptions & { readonly json?: true }): Promise<void> {
  await withStore(options, (store) => adminOf(store).revoke(deviceId, commandLine));
  if (options.json) return printJson({ device: deviceId, key: 'revoked' });
  printLines(`${deviceId} is shut out; its readings stay. To let it in again: sealpost device rotate ${deviceId}`);
}

async function removeDevice(
  deviceId: string,
  options: StoreOptions & { readonly json?: true; readonly yes?: true },
): Promise<void> {
  await withStore(options, async (store) => {
    const device = await store.describeDevice(deviceId);
    if (!device) throw noSuchDevice(deviceId);
    if (!options.yes && !(await confirms(deviceId, device.readings))) {
      throw new OperatorError('nothing was removed');
    }
    const { readings } = await adminOf(store).remove(deviceId, commandLine);
    if (options.json) return printJson({ device: deviceId, removedReadings: readings });
    printLines(`${deviceId} is gone, with ${count(readings, 'reading')}.`);
  });
}

async function confirms(deviceId: string, readings: number): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new UsageError(
      `this removes ${deviceId} and its ${count(readings, 'reading')} for good: say --yes to do it without being asked`,
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(
      `This removes ${deviceId}, its keys and its ${count(readings, 'reading')} for good ` +
        `('sealpost device revoke' keeps the readings).\nType the device's id to go on: `,
    );
    return answer.trim() === deviceId;
  } catch (error) {
    // Ctrl-C and Ctrl-D are answers too.
    if (error instanceof Error && error.name === 'AbortError') return false;
    throw error;
  } finally {
    terminal.close();
  }
}

async function printHello(deviceId: string, options: StoreOptions): Promise<void> {
  const [newest, ...others] = await withStore(options, async (store) => {
    if (!(await store.describeDevice(deviceId))) throw noSuchDevice(deviceId);
    return store.deviceKeys(deviceId);
  });
  if (!newest)
    throw new OperatorError(`${deviceId} is revoked: give it a key with 'sealpost device rotate ${deviceId}'`);
  try {
    const hello = {
      bootId: randomBytes(8).readBigUInt64BE() | 1n,
      uptime: systemClock.monotonic(),
      firmwareVersion: version,
      hardware: 'command line',
    };
    const request = writeHello({ deviceId, deviceKey: newest.key }, hello, generateEphemeral());
    printJson(toJson(KeyExchangeRequestSchema, request));
  } finally {
    for (const { key } of [newest, ...others]) key.fill(0);
  }
}
