import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, test as base, describe, expect } from 'vitest';
import { addDevice, cleanUp, newDirectory, Run, ServerProcess, spellings } from '../cli/process.ts';
import { storedReadings } from '../end-to-end/devices.ts';
import { firmwareProgram } from './programs.ts';

afterAll(cleanUp);

const test = base.extend('directory', () => newDirectory());

/** Runs virtual-esp32 without waiting for its end. */
function virtualEsp32(directory: string, args: readonly string[]): Run {
  return new Run(args, { cwd: directory, program: [firmwareProgram('virtual-esp32')] });
}

/** A server with one device, whose key is in a file. */
async function installation(directory: string) {
  const data = join(directory, 'data');
  const server = await ServerProcess.start(data);
  const key = await addDevice(data, 'greenhouse');
  writeFileSync(join(directory, 'key'), `${key.toString('base64')}\n`, { mode: 0o600 });
  const board = ['--server', server.url, '--device', 'greenhouse', '--key-file', 'key', '--flash', 'flash'];
  return { data, server, key, board };
}

const named = (status: string) =>
  Object.fromEntries([...status.matchAll(/(\S+)=(\S+)/g)].map(([, name = '', value]) => [name, value]));

describe.concurrent('a virtual ESP32', () => {
  test('ends with 0 once its readings are receipted, and says nothing of its key', async ({ directory }) => {
    const { data, server, key, board } = await installation(directory);
    const { code, stdout, stderr } = await virtualEsp32(directory, [
      ...board,
      ...['--sample-interval', '0.05', '--readings', '5'],
    ]).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/ {2}shook hands with the server\n/);
    expect(stdout).toMatch(/ {2}uploaded \d+ readings?, \d+ wait\n/);
    expect(storedReadings(data).length).toBeGreaterThanOrEqual(5);
    expect((await server.latest('greenhouse')).json).toMatchObject({ device: 'greenhouse' });
    const written = `${stdout}${readFileSync(join(directory, 'flash'), 'latin1')}`;
    for (const spelling of [...spellings(key), key.toString('latin1')]) expect(written).not.toContain(spelling);
    for (const file of ['flash', 'flash.settings']) {
      expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
    }
  });

  test('says how it is when it is asked, and ends well with Ctrl-C', async ({ directory }) => {
    const { board } = await installation(directory);
    const run = virtualEsp32(directory, [...board, '--sample-interval', '86400', '--no-ntp']);
    await run.output(/ {2}uploaded 1 reading, 0 wait\n/);
    run.signal('SIGUSR1');
    const [status] = await run.output(/ {2}status .*\n/);
    expect(named(status)).toEqual({
      boot: expect.stringMatching(/^\d+$/),
      uptime: expect.stringMatching(/^\d+\.\d{3}$/),
      session: 'yes',
      clock: 'server',
      pending: '0',
      dropped: '0',
      receipted: '1',
      uploads: '1',
      handshakes: '1',
      bmp280: 'working',
      mpu6050: 'working',
      sht4x: 'working',
      heap_peak: expect.stringMatching(/^\d{3,4}$/),
    });
    run.signal('SIGINT');
    const { code, stderr } = await run.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('brings the readings from hours before its network came', async ({ directory }) => {
    const { data, board } = await installation(directory);
    const { code, stdout } = await virtualEsp32(directory, [
      ...board,
      ...['--sample-interval', '60', '--offline-for', '21600', '--readings', '360', '--quiet'],
    ]).ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(new Set(storedReadings(data)).size).toBeGreaterThanOrEqual(360);
  });

  test('says in one sentence what is wrong with its options', async ({ directory }) => {
    const run = await virtualEsp32(directory, ['--server', 'greenhouse']).ended;
    expect(run).toEqual({
      code: 2,
      stdout: '',
      stderr: 'virtual-esp32: --server takes an address such as http://192.168.1.10:8080 (see --help)\n',
    });
    const help = await virtualEsp32(directory, ['--help']).ended;
    expect({ ...help, stdout: help.stdout.split('\n')[0] }).toEqual({
      code: 0,
      stdout: 'Usage: virtual-esp32 --server URL --device ID --key-file FILE --flash FILE [options]',
      stderr: '',
    });
  });

  test('takes no key that others can reach', async ({ directory }) => {
    writeFileSync(join(directory, 'key'), Buffer.alloc(32).toString('base64'));
    chmodSync(join(directory, 'key'), 0o640);
    const needed = ['--server', 'http://127.0.0.1:9', '--device', 'd', '--key-file', 'key', '--flash', 'flash'];
    expect(await virtualEsp32(directory, needed).ended).toEqual({
      code: 1,
      stdout: '',
      stderr: 'virtual-esp32: others on this machine can reach the device key key: run chmod 600 key\n',
    });
  });
});
