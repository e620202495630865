import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, test as base, expect } from 'vitest';
import { cleanUp, newDirectory, Run, sealpost } from '../cli/process.ts';
import { storedReadings } from '../end-to-end/devices.ts';
import { firmwareProgram } from './programs.ts';

afterAll(cleanUp);

const test = base.extend('directory', () => newDirectory());

const devices = ['demo-cellar', 'demo-greenhouse', 'demo-roof'];
const demo = ['demo', '--port', '0', '--speed', '20'];

test.concurrent('the demo runs the firmware where it is built', async ({ directory }) => {
  const { code, stdout, stderr } = await sealpost([...demo, '--readings', '6'], {
    cwd: directory,
    env: { SEALPOST_FIRMWARE: firmwareProgram('virtual-esp32') },
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.split('\n');
  expect(lines.slice(1, 3)).toEqual([
    'Three virtual ESP32s shake hands with it, seal a reading every 0.5 seconds, and send it.',
    'They are the firmware itself, each a process on this machine.',
  ]);
  const happenings = lines.slice(9, -4).map((line) => line.replace(/^\d\d:\d\d:\d\d {2}/, ''));
  const isHandshake = (line: string) => line.endsWith(' shook hands');
  expect(happenings.filter(isHandshake).sort()).toEqual(devices.map((device) => `${device} shook hands`));
  for (const line of happenings.filter((line) => !isHandshake(line))) {
    expect(line).toMatch(
      /^demo-(?:cellar|greenhouse|roof) +-?\d+\.\d °C +\d+\.\d % +\d+\.\d hPa +-?\d+\.\d m\/s² {3}\w+day, \w+ \d\d \d{4} [\d:]{8}$/,
    );
  }
  const data = join(directory, 'demo-data');
  expect(storedReadings(data).length).toBeGreaterThanOrEqual(6);
  for (const device of devices) expect(statSync(join(data, `${device}.key`)).mode & 0o777).toBe(0o600);
});

test.concurrent('Ctrl-C ends the demo with its devices, and it goes on from what they have kept', async ({
  directory,
}) => {
  for (let run = 0; run < 2; run += 1) {
    const started = new Run(demo, { cwd: directory, env: { SEALPOST_FIRMWARE: firmwareProgram('virtual-esp32') } });
    await started.output(/ hPa .*\n/);
    started.signal('SIGINT');
    const { code, stdout, stderr } = await started.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/\nThe demo is over; its readings stay in /);
    expect(stdout).not.toMatch(/ended/);
  }
});

test.concurrent('the demo says when a device has ended, and what it complained of', async ({ directory }) => {
  const firmware = join(directory, 'virtual-esp32');
  writeFileSync(firmware, '#!/bin/sh\necho "16:45:01  warning: the log is full"\necho "16:45:01  just talk"\nexit 3\n');
  chmodSync(firmware, 0o755);
  const { code, stdout } = await sealpost([...demo, '--firmware', firmware], { cwd: directory });
  expect(code).toBe(0);
  const happenings = stdout.split('\n').slice(9, -4);
  expect(happenings.map((line) => line.replace(/^\d\d:\d\d:\d\d {2}/, '')).sort()).toEqual(
    devices.flatMap((device) => [`${device}: ended with status 3`, `${device}: the log is full`]),
  );
});
