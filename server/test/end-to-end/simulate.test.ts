import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { systemClock } from '../../src/time.ts';
import { testWithServer } from '../cli/place.ts';
import { cleanUp, newDirectory, Run, spellings } from '../cli/process.ts';
import { range, storedReadings } from './devices.ts';

afterAll(cleanUp);

const test = testWithServer.extend(
  'simulate',
  ({ server }) =>
    (...args: string[]) =>
      new Run(['simulate', '--server', server.url, ...args]),
);

interface Totals {
  readonly uploads: number;
  readonly readings: number;
  readonly queued: number;
}

/** The totals that `simulate --json` printed, of devices that had no trouble. */
function totalsIn(stdout: string, devices: number): Totals {
  const totals = JSON.parse(stdout);
  expect(totals).toEqual({
    devices,
    handshakes: devices,
    uploads: expect.any(Number),
    readings: expect.any(Number),
    duplicates: 0,
    dropped: 0,
    refused: 0,
    unreachable: 0,
    queued: expect.any(Number),
  });
  return totals;
}

/** Registers devices beside the running server; gives them as `device add --json` prints them, one after another. */
async function register(data: string, deviceIds: readonly string[]): Promise<string> {
  const store = await openSqliteStore({ dataDirectory: data });
  const entries: string[] = [];
  for (const deviceId of deviceIds) {
    const key = randomBytes(32);
    entries.push(JSON.stringify({ device: deviceId, key: key.toString('base64') }, null, 2));
    await store.addDevice(deviceId, key, systemClock.wall());
  }
  await store.close();
  return `${entries.join('\n')}\n`;
}

const names = (prefix: string, count: number) =>
  range(1, count).map((number) => `${prefix}-${String(number).padStart(4, '0')}`);

describe.concurrent('simulate', () => {
  test('runs devices that it registers itself, and others by a file of keys, at the same time', async ({
    data,
    server,
    simulate,
  }) => {
    const keyFile = join(newDirectory(), 'keys');
    writeFileSync(keyFile, await register(data, names('known', 20)), { mode: 0o600 });
    const fleet = ['--devices', '20', '--speed', '10', '--readings', '200', '--json'];
    const runs = [simulate(...fleet, '--data', data), simulate(...fleet, '--key-file', keyFile)];
    const [registered, byFile] = await Promise.all(runs.map(({ ended }) => ended));

    const stored = storedReadings(data).map((name) => name.split('/')[0] ?? '');
    for (const [ended, prefix] of [[registered, 'sim'] as const, [byFile, 'known'] as const]) {
      expect(ended?.code).toBe(0);
      expect(ended?.stderr).toMatch(
        new RegExp(`^20 simulated ESP32s against ${server.url}; Ctrl-C ends it\\.\n\\d+ s, `),
      );
      const { uploads, readings } = totalsIn(ended?.stdout ?? '', 20);
      expect(readings).toBeGreaterThanOrEqual(200);
      expect(uploads).toBeLessThanOrEqual(readings);
      const own = stored.filter((deviceId) => deviceId.startsWith(prefix));
      expect([...new Set(own)].sort()).toEqual(names(prefix, 20));
      // More only by what was on its way when the devices were stopped.
      expect(own.length).toBeGreaterThanOrEqual(readings);
      expect(own.length).toBeLessThanOrEqual(readings + 20);
    }
    expect((await server.latest('sim-0020')).status).toBe(200);
    const { code, stderr } = await server.stop();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(server.log.filter(({ level }) => level >= 40)).toEqual([]);
  });

  test('says how it goes and sums up in words, until Ctrl-C', async ({ data, simulate }) => {
    const run = simulate('--devices', '1', '--speed', '100', '--data', data);
    await run.output(/\n\d+ s, \d+ readings? receipted, [\d.]+\/s, \d+ queued, 1 handshake\n/, 'stderr');
    run.signal('SIGINT');
    const { code, stdout } = await run.ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+ s, \d+ readings receipted, [\d.]+\/s, \d+ queued, 1 handshake\n$/);
  });

  test('goes on with the devices that it registered before', async ({ data, simulate }) => {
    for (let run = 0; run < 2; run += 1) {
      const { code, stdout } = await simulate(
        '--devices',
        '2',
        '--speed',
        '100',
        '--readings',
        '4',
        '--json',
        '--data',
        data,
      ).ended;
      expect(code).toBe(0);
      totalsIn(stdout, 2);
    }
    const boots = new Set(storedReadings(data).map((name) => name.split('/').slice(0, 2).join('/')));
    expect(boots.size).toBe(4);
  });

  test('with a wrong key is refused, says why, and fails', async ({ data, server, simulate }) => {
    await register(data, ['greenhouse']);
    const keyFile = join(newDirectory(), 'keys');
    const key = randomBytes(32);
    writeFileSync(keyFile, JSON.stringify({ device: 'greenhouse', key: key.toString('base64') }), { mode: 0o600 });
    const run = simulate('--devices', '1', '--seconds', '1', '--json', '--key-file', keyFile);
    const { code, stdout, stderr } = await run.ended;
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ devices: 1, handshakes: 0, uploads: 0, readings: 0 });
    expect(stderr).toMatch(/\nsealpost: no reading was receipted: the server wants a new handshake\n$/);
    await server.stop();
    expect(storedReadings(data)).toEqual([]);
    expect(server.log.filter(({ level }) => level >= 40).map(({ msg }) => msg)).toContain('refused: wrong device key');
    for (const spelling of spellings(key)) expect(stdout + stderr + server.run.stdout).not.toContain(spelling);
  });

  test('against a server that is not there says so, and fails', async ({ data, server, simulate }) => {
    await server.stop();
    const run = simulate('--devices', '1', '--seconds', '1', '--data', data);
    const { code, stderr } = await run.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/\nsealpost: no reading was receipted: the server does not answer\n$/);
  });

  test('notices that its key was rotated: beside it the old one works, and --now ends it', async ({
    data,
    device,
    simulate,
  }) => {
    const keyFile = join(newDirectory(), 'keys');
    writeFileSync(keyFile, await register(data, ['greenhouse']), { mode: 0o600 });
    const run = simulate('--devices', '1', '--speed', '100', '--json', '--key-file', keyFile);
    await run.output(/ s, [1-9]\d* readings? receipted/, 'stderr');
    await device('rotate', 'greenhouse');
    const before = storedReadings(data).length;
    // A line each second: between two of them there are many uploads.
    const lines = run.stderr.split('\n').length - 1;
    await run.output(new RegExp(`^(?:.*\n){${lines + 2}}`), 'stderr');
    expect(run.stderr).not.toContain('refused');
    expect(storedReadings(data).length).toBeGreaterThan(before);

    await device('rotate', 'greenhouse', '--now');
    const after = storedReadings(data).length;
    await run.output(/ refused.* \(last: the server wants a new handshake\)\n/, 'stderr');
    expect(storedReadings(data)).toHaveLength(after);
    run.signal('SIGINT');
    const { code, stdout } = await run.ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ devices: 1, handshakes: 1 });
  });

  test.for([
    {
      fault: 'is not there',
      content: undefined,
      sentence: (path: string) => `can't read the key file ${path}: ENOENT: no such file or directory, open '${path}'`,
    },
    {
      fault: 'holds too few',
      content: '',
      sentence: (path: string) => `${path} has 0 keys, and --devices asks for 1`,
    },
    {
      fault: 'holds something else',
      content: '{"device": "greenhouse", "key": "c2VjcmV0"}',
      sentence: (path: string) =>
        `${path}, entry 1: expected {"device": ID, "key": 32 bytes in base64}, as 'device add --json' prints it`,
    },
  ])(
    'with a file of keys that $fault fails and says so, without what is in it',
    async ({ content, sentence }, { simulate }) => {
      const keyFile = join(newDirectory(), 'keys');
      if (content !== undefined) writeFileSync(keyFile, content);
      expect(await simulate('--devices', '1', '--key-file', keyFile).ended).toEqual({
        code: 1,
        stdout: '',
        stderr: `sealpost: ${sentence(keyFile)}\n`,
      });
    },
  );

  test('of a device that is revoked says what to do', async ({ data, device, simulate }) => {
    await simulate('--devices', '1', '--speed', '100', '--readings', '1', '--data', data).ended;
    await device('revoke', 'sim-0001');
    expect(await simulate('--devices', '1', '--data', data).ended).toEqual({
      code: 1,
      stdout: '',
      stderr: 'sealpost: sim-0001 is revoked: remove it, or simulate under another --prefix\n',
    });
  });
});
