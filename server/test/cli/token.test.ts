import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect } from 'vitest';
import { test as base } from './place.ts';
import { cleanUp, type Ended, ServerProcess, sealpost } from './process.ts';

afterAll(cleanUp);

const test = base
  .extend(
    'token',
    ({ data }) =>
      (...args: string[]): Promise<Ended> =>
        sealpost(['token', ...args, '--data', data]),
  )
  .extend('audit', ({ data }) => async (...args: string[]): Promise<unknown> => {
    const { stdout } = await sealpost(['audit', '--json', '--data', data, ...args]);
    return JSON.parse(stdout);
  });

const done = (stdout: string): Ended => ({ code: 0, stdout, stderr: '' });
const failed = (sentence: string): Ended => ({ code: 1, stdout: '', stderr: `sealpost: ${sentence}\n` });
const rfc3339 = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const secret = /sealpost_[A-Za-z0-9_-]{43}/;

const entry = (number: number, act: string, object: string, outcome = 'done') => ({
  entry: number,
  at: rfc3339,
  actor: 'command line',
  act,
  object,
  outcome,
  remoteAddress: null,
  leftOut: 0,
});

describe.concurrent('token add', () => {
  test('shows the token once, and what to do with it', async ({ token, data }) => {
    const { code, stdout, stderr } = await token('add', 'ada', '--role', 'admin', '--expires', '2100-01-31');
    const [shown = ''] = secret.exec(stdout) ?? [];
    expect({ code, stdout, stderr }).toEqual(
      done(`ada may read and look after all devices, until 2100-01-31T00:00:00.000Z.

  token  ${shown}

This is shown once. Next, log in with it on the page, or have a program send it in a header:
  Authorization: Bearer …
`),
    );
    const outputs = [await token('list'), await token('list', '--json'), await sealpost(['audit', '--data', data])];
    const files = readdirSync(data).map((name) => readFileSync(join(data, name), 'latin1'));
    const secretPart = shown.slice('sealpost_'.length);
    for (const text of [JSON.stringify(outputs), ...files]) {
      expect(text).not.toContain(secretPart);
      expect(text).not.toContain(Buffer.from(secretPart, 'base64url').toString('latin1'));
    }
  });

  test('--json prints what it allows and the token, and nothing else', async ({ token, device }) => {
    await device('add', 'kitchen');
    const { code, stdout, stderr } = await token('add', 'wall', '--device', 'kitchen', '--json');
    expect({ code, stderr, json: JSON.parse(stdout) }).toEqual({
      code: 0,
      stderr: '',
      json: { name: 'wall', role: 'reader', device: 'kitchen', expiresAt: null, token: expect.stringMatching(secret) },
    });
  });

  test('refuses a name that is taken and a device that is not there, and makes nothing', async ({ token, audit }) => {
    await token('add', 'ada');
    expect(await token('add', 'ada')).toEqual(
      failed('there is a token ada already: choose another name, or revoke it first.'),
    );
    expect(await token('add', 'wall', '--device', 'attic')).toEqual(
      failed("there is no device 'attic': see 'sealpost device list'"),
    );
    expect(JSON.parse((await token('list', '--json')).stdout)).toHaveLength(1);
    expect(await audit()).toEqual([entry(1, 'add token', 'ada')]);
  });

  test.for([
    [['add', 'Ada'], 2],
    [['add', 'command line'], 2],
    [['add', ''], 2],
    [['add', 'ada', '--role', 'root'], 2],
    [['add', 'ada', '--expires', 'soon'], 2],
    [['add', 'ada', '--device', '../etc'], 2],
    [['add', 'ada', '--role', 'admin', '--device', 'kitchen'], 2],
    [['revoke'], 2],
  ] as const)('%o was not called right', async ([args, code], { token }) => {
    const ended = await token(...args);
    expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code, stdout: '' });
    expect(ended.stderr).not.toBe('');
  });
});

describe.concurrent('token list', () => {
  test('shows who there is', async ({ token, device }) => {
    expect(await token('list')).toEqual(done('No token yet. Make one: sealpost token add ada --role reader\n'));
    await device('add', 'kitchen');
    await token('add', 'wall', '--device', 'kitchen');
    await token('add', 'ada', '--role', 'admin', '--expires', '2100-01-31');
    const { stdout } = await token('list');
    expect(stdout.replaceAll(/20[2-9]\d-\d\d-\d\dT[\d:.]+Z/g, '(now)')).toBe(
      `TOKEN  ROLE    DEVICE   ADDED                     EXPIRES
ada    admin   all      (now)  2100-01-31T00:00:00.000Z
wall   reader  kitchen  (now)  never
`,
    );
    expect(JSON.parse((await token('list', '--json')).stdout)).toEqual([
      { name: 'ada', role: 'admin', device: null, addedAt: rfc3339, expiresAt: '2100-01-31T00:00:00.000Z' },
      { name: 'wall', role: 'reader', device: 'kitchen', addedAt: rfc3339, expiresAt: null },
    ]);
  });
});

describe.concurrent('a running server', () => {
  test('takes a new token at once, and a revoked one no more; no log has it', async ({ token, data }) => {
    const server = await ServerProcess.start(data);
    const { stdout } = await token('add', 'ada', '--json');
    const shown: string = JSON.parse(stdout).token;
    const read = async () =>
      (await fetch(`${server.url}/sensor`, { headers: { authorization: `Bearer ${shown}` } })).status;
    expect(await read()).toBe(404);
    expect(await token('revoke', 'ada')).toEqual(done('ada is shut out, from now on.\n'));
    expect(await read()).toBe(401);
    expect(await token('revoke', 'ada')).toEqual(failed("there is no token 'ada': see 'sealpost token list'"));
    expect(server.log.map(({ msg }) => msg)).toContain('refused: unknown token');
    expect(server.run.stdout + server.run.stderr).not.toContain(shown.slice('sealpost_'.length));
  });
});

describe.concurrent('audit', () => {
  test('has what was done to devices and tokens, and what was refused, in order of time', async ({
    device,
    token,
    audit,
    data,
  }) => {
    expect(await sealpost(['audit', '--data', data])).toEqual(done('Nothing was done yet.\n'));
    await device('add', 'kitchen');
    await device('add', 'kitchen');
    await device('rotate', 'kitchen', '--json');
    await device('revoke', 'kitchen');
    await token('add', 'ada');
    await token('revoke', 'ada', '--json');
    await device('remove', 'kitchen', '--yes');
    const entries = [
      entry(1, 'add device', 'kitchen'),
      entry(2, 'add device', 'kitchen', 'refused'),
      entry(3, 'rotate key', 'kitchen'),
      entry(4, 'revoke device', 'kitchen'),
      entry(5, 'add token', 'ada'),
      entry(6, 'revoke token', 'ada'),
      entry(7, 'remove device', 'kitchen'),
    ];
    expect(await audit()).toEqual(entries);
    expect(await audit('--limit', '2')).toEqual(entries.slice(-2));
    const { stdout } = await sealpost(['audit', '--data', data, '--limit', '1']);
    expect(stdout.replace(/20[\dT:.-]+Z/, '(now)                   ')).toBe(
      `TIME                      WHO           DID            TO       OUTCOME  FROM
(now)                     command line  remove device  kitchen  done     -
`,
    );
  });
});
