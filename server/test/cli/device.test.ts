import { afterAll, describe, expect } from 'vitest';
import { keysInStore, test } from './place.ts';
import { cleanUp, type Ended, Run, spellings } from './process.ts';

afterAll(cleanUp);

const done = (stdout: string): Ended => ({ code: 0, stdout, stderr: '' });
const failed = (sentence: string): Ended => ({ code: 1, stdout: '', stderr: `sealpost: ${sentence}\n` });

type Device = (...args: string[]) => Promise<Ended>;

/** Registers a device; gives its key. */
async function add(device: Device, deviceId = 'greenhouse'): Promise<Buffer> {
  return keyIn(await device('add', deviceId, '--json'));
}

/** The key that a command printed: 32 bytes of base64 in JSON. */
function keyIn({ code, stdout, stderr }: Ended): Buffer {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const key = Buffer.from(JSON.parse(stdout).key, 'base64');
  expect(key).toHaveLength(32);
  return key;
}

/** The key that a command showed to a person. */
function printedKey(stdout: string): Buffer {
  return Buffer.from(/^ {2}key {2}(\S+)$/m.exec(stdout)?.[1] ?? '', 'base64');
}

const rfc3339 = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe.concurrent('device add', () => {
  test('prints the key once, and what to do next', async ({ device }) => {
    const { code, stdout, stderr } = await device('add', 'greenhouse');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [, key = ''] = /^ {2}key {2}([A-Za-z0-9+/]{43}=)$/m.exec(stdout) ?? [];
    expect(stdout).toBe(`greenhouse is registered.

  key  ${key}

This is shown once. Next, give the id and the key to the device: on its serial console,
  set device greenhouse
  set key            (it asks for the key)
or have the key in a header for the build instead of on the screen:
  sealpost device rotate greenhouse --now --out firmware/include/device_config.h
`);
  });

  test('--json prints the device and its key, and nothing else', async ({ device }) => {
    const { code, stdout, stderr } = await device('add', 'greenhouse', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      device: 'greenhouse',
      key: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/),
    });
  });

  test('gives each device a key of its own', async ({ device }) => {
    const keys = [await add(device), await add(device, 'cellar')].map((key) => key.toString('base64'));
    expect(new Set(keys).size).toBe(2);
  });

  test('refuses an id that is taken, and the first key stays', async ({ data, device }) => {
    const key = await add(device);
    expect(await device('add', 'greenhouse')).toEqual(
      failed('there is a device greenhouse already: choose another id, or rotate its key.'),
    );
    expect(await keysInStore(data)).toEqual([key.toString('base64')]);
  });

  test('of two at the same time registers one', async ({ device }) => {
    const outcomes = await Promise.all([device('add', 'greenhouse', '--json'), device('add', 'greenhouse', '--json')]);
    expect(outcomes.map(({ code }) => code).sort()).toEqual([0, 1]);
    const { stdout } = await device('list', '--json');
    expect(JSON.parse(stdout)).toMatchObject([{ device: 'greenhouse', key: 'current' }]);
  });
});

describe.concurrent('device list and device show', () => {
  test('say so when there is no device', async ({ device }) => {
    expect(await device('list')).toEqual(done('No device yet. Add one: sealpost device add greenhouse\n'));
    expect(await device('list', '--json')).toEqual(done('[]\n'));
    expect(await device('show', 'greenhouse')).toEqual(
      failed("there is no device 'greenhouse': see 'sealpost device list'"),
    );
    expect(await device('show', 'greenhouse', '--json')).toMatchObject({ code: 1, stdout: '' });
  });

  test('tell what is known, and never a key', async ({ device }) => {
    const keys = [await add(device), await add(device, 'a'.repeat(32))];
    keys.push(keyIn(await device('rotate', 'greenhouse', '--json')));
    const summary = {
      addedAt: rfc3339,
      firmwareVersion: null,
      hardware: null,
      utcOffsetSeconds: null,
      latestReadingAt: null,
      status: null,
    };

    const outputs = await Promise.all([
      device('list'),
      device('list', '--json'),
      device('show', 'greenhouse'),
      device('show', 'greenhouse', '--json'),
    ]);
    const [list, listJson, show, showJson] = outputs.map(({ stdout }) => stdout);
    expect(list).toBe(
      `DEVICE                            KEY                                  LATEST READING  FIRMWARE  HARDWARE
aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa  current                              none yet        -         -
greenhouse                        current, and a new one not used yet  none yet        -         -
`,
    );
    expect(JSON.parse(listJson ?? '')).toEqual([
      { device: 'a'.repeat(32), key: 'current', ...summary },
      { device: 'greenhouse', key: 'current, and a new one not used yet', ...summary },
    ]);
    expect(show?.replace(/^added .*$/m, 'added')).toBe(`device          greenhouse
added
key             current, and a new one not used yet
firmware        not known yet
hardware        not known yet
time zone       not known yet
latest reading  not known yet
readings        0 readings
boots           0
on the device   not known yet
`);
    expect(JSON.parse(showJson ?? '')).toEqual({
      device: 'greenhouse',
      key: 'current, and a new one not used yet',
      ...summary,
      boots: 0,
      readings: 0,
      missingReadings: 0,
    });
    for (const spelling of keys.flatMap(spellings)) expect(JSON.stringify(outputs)).not.toContain(spelling);
  });

  test('end quietly when nobody reads them to the end', async ({ data, device }) => {
    await add(device);
    const run = new Run(['device', 'list', '--data', data]);
    run.child.stdout?.destroy();
    expect(await run.ended).toEqual({ code: 1, stdout: '', stderr: '' });
  });
});

describe.concurrent('device rotate', () => {
  test('gives another key beside the first one, until it is used', async ({ data, device }) => {
    const first = await add(device);
    const { code, stdout } = await device('rotate', 'greenhouse');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^greenhouse has a new key\.\nThe old one works until the device first uses the new one\.\n\n {2}key {2}[A-Za-z0-9+/]{43}=\n/,
    );
    expect(await keysInStore(data)).toEqual([printedKey(stdout).toString('base64'), first.toString('base64')]);
  });

  test('--now ends the first one at once', async ({ data, device }) => {
    await add(device);
    const { stdout } = await device('rotate', 'greenhouse', '--now');
    expect(stdout).toMatch(/^greenhouse has a new key\.\nThe old one has ended\.\n\n {2}key {2}[A-Za-z0-9+/]{43}=\n/);
    expect(await keysInStore(data)).toEqual([printedKey(stdout).toString('base64')]);
  });

  test('lets a revoked device in again', async ({ data, device }) => {
    await add(device);
    expect(await device('revoke', 'greenhouse')).toEqual(
      done('greenhouse is shut out; its readings stay. To let it in again: sealpost device rotate greenhouse\n'),
    );
    expect(JSON.parse((await device('list', '--json')).stdout)).toMatchObject([{ key: 'revoked' }]);
    expect(await keysInStore(data)).toEqual([]);
    const key = keyIn(await device('rotate', 'greenhouse', '--json'));
    expect(await keysInStore(data)).toEqual([key.toString('base64')]);
  });
});

test.concurrent('device revoke --json says what became of the key', async ({ device }) => {
  await add(device);
  const { code, stdout } = await device('revoke', 'greenhouse', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ device: 'greenhouse', key: 'revoked' });
});

describe.concurrent('device remove', () => {
  test('refuses to do it unasked where nobody can be asked', async ({ device }) => {
    await add(device);
    for (const args of [[], ['--json']]) {
      expect(await device('remove', 'greenhouse', ...args)).toEqual({
        code: 2,
        stdout: '',
        stderr:
          'sealpost: this removes greenhouse and its 0 readings for good: say --yes to do it without being asked\n',
      });
    }
    expect(JSON.parse((await device('list', '--json')).stdout)).toHaveLength(1);
  });

  test('--yes does it, and the id is free again', async ({ device }) => {
    await add(device);
    expect(await device('remove', 'greenhouse', '--yes')).toEqual(done('greenhouse is gone, with 0 readings.\n'));
    expect(await device('list', '--json')).toEqual(done('[]\n'));
    await add(device);
    const { stdout } = await device('remove', 'greenhouse', '--yes', '--json');
    expect(JSON.parse(stdout)).toEqual({ device: 'greenhouse', removedReadings: 0 });
  });
});

test.concurrent.for([
  { args: ['show'], sentence: "there is no device 'nobody': see 'sealpost device list'" },
  { args: ['rotate'], sentence: "there is no device 'nobody': see 'sealpost device list'" },
  { args: ['rotate', '--now'], sentence: "there is no device 'nobody': see 'sealpost device list'" },
  { args: ['revoke'], sentence: "there is no device 'nobody': see 'sealpost device list'" },
  { args: ['remove', '--yes'], sentence: "there is no device 'nobody': see 'sealpost device list'" },
  { args: ['hello'], sentence: "there is no device 'nobody': see 'sealpost device list'" },
])('device $args of a device that is not there fails and says so', async ({ args, sentence }, { device }) => {
  await add(device);
  expect(await device(...args, 'nobody')).toEqual(failed(sentence));
});

describe.concurrent('device hello', () => {
  test('prints a KeyExchange request, a new one each time', async ({ device }) => {
    await add(device);
    const requests = [await device('hello', 'greenhouse'), await device('hello', 'greenhouse')].map(({ stdout }) =>
      JSON.parse(stdout),
    );
    for (const request of requests) {
      expect(request).toEqual({ deviceId: 'greenhouse', handshake: expect.stringMatching(/^[A-Za-z0-9+/]+={0,2}$/) });
    }
    expect(requests[0].handshake).not.toBe(requests[1].handshake);
  });

  test('of a revoked device has no key to do it with', async ({ device }) => {
    await add(device);
    await device('revoke', 'greenhouse');
    expect(await device('hello', 'greenhouse')).toEqual(
      failed("greenhouse is revoked: give it a key with 'sealpost device rotate greenhouse'"),
    );
  });
});
