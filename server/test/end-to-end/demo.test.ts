import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, test as base, expect } from 'vitest';
import { cleanUp, newDirectory, Run, ServerProcess, sealpost } from '../cli/process.ts';
import { storedReadings } from './devices.ts';

afterAll(cleanUp);

const test = base.extend('directory', () => newDirectory());

/** As before the firmware is built, whether it is or not. */
const env = { SEALPOST_FIRMWARE: '/nowhere/virtual-esp32' };

const devices = ['demo-cellar', 'demo-greenhouse', 'demo-roof'];

test.concurrent('the demo shows the readings of three simulated devices as they arrive, and ends well', async ({
  directory,
}) => {
  const { code, stdout, stderr } = await sealpost(['demo', '--port', '0', '--readings', '6', '--speed', '20'], {
    cwd: directory,
    env,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const data = join(directory, 'demo-data');
  const [, url = ''] = / at (http:\/\/127\.0\.0\.1:\d+), /.exec(stdout) ?? [];
  const lines = stdout.split('\n');
  expect(lines.slice(0, 9)).toEqual([
    `A sealpost server is running at ${url}, with its data in ${data}.`,
    'Three simulated ESP32s shake hands with it, seal a reading every 0.5 seconds, and send it.',
    'To see the firmware itself do that, build it for this machine first: npm run firmware:linux',
    'Each line below is what the server then gives out as JSON. Try it yourself, in another terminal:',
    '',
    `  curl ${url}/sensor`,
    '',
    `Or open ${url} in a browser. Ctrl-C ends it.`,
    '',
  ]);
  expect(lines.slice(-4)).toEqual([
    '',
    `The demo is over; its readings stay in ${data}.`,
    'For the real thing: npm start',
    '',
  ]);
  const happenings = lines.slice(9, -4).map((line) => line.replace(/^\d\d:\d\d:\d\d {2}/, ''));
  const isHandshake = (line: string) => line.endsWith(' shook hands');
  expect(happenings.filter(isHandshake).sort()).toEqual(devices.map((device) => `${device} shook hands`));
  const shown = happenings.filter((line) => !isHandshake(line));
  expect(shown.length).toBeGreaterThan(0);
  for (const line of shown) {
    expect(line).toMatch(
      /^demo-(?:cellar|greenhouse|roof) +-?\d+\.\d °C +\d+\.\d % +\d+\.\d hPa +-?\d+\.\d m\/s² {3}\w+day, \w+ \d\d \d{4} [\d:]{8}$/,
    );
  }
  const stored = storedReadings(data);
  expect(stored.length).toBeGreaterThanOrEqual(6);
  expect([...new Set(stored.map((name) => name.split('/')[0]))]).toEqual(devices);
});

test.concurrent('the demo can be stopped, and begun again on its own data', async ({ directory }) => {
  for (let run = 0; run < 2; run += 1) {
    const demo = new Run(['demo', '--port', '0', '--speed', '20'], { cwd: directory, env });
    await demo.output(/ hPa .*\n/);
    demo.signal('SIGINT');
    const { code, stdout, stderr } = await demo.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/\nThe demo is over; its readings stay in /);
  }
});

test.concurrent('the demo leaves the data of a real server alone', async ({ directory }) => {
  const data = join(directory, 'data');
  mkdirSync(data);
  const demo = ['demo', '--port', '0', '--readings', '1', '--speed', '20'];
  const { code } = await sealpost(demo, { cwd: directory, env: { ...env, SEALPOST_DATA: data } });
  expect(code).toBe(0);
  expect(existsSync(join(directory, 'demo-data', 'sealpost.db'))).toBe(true);
  expect(existsSync(join(data, 'sealpost.db'))).toBe(false);
});

test.concurrent('the demo on a port that is taken says what to do', async ({ directory }) => {
  const server = await ServerProcess.start(join(directory, 'data'));
  const demo = ['demo', '--port', String(server.port), '--data', join(directory, 'demo-data')];
  expect(await sealpost(demo)).toEqual({
    code: 1,
    stdout: '',
    stderr: `sealpost: port ${server.port} on 127.0.0.1 is taken, by another sealpost or another program: choose one with --port\n`,
  });
});
