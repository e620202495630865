import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect } from 'vitest';
import { keysInStore, test as testInPlace } from './place.ts';
import { cleanUp, commandLine, sealpost, spellings } from './process.ts';

afterAll(cleanUp);

const test = testInPlace.extend('out', ({ data }) => join(dirname(data), 'device_config.h'));

const isHeaderOf = (
  deviceId: string,
  key: string,
) => `// Made by \`sealpost device\`. It holds the device's secret key: \
keep it out of version control and e-mail.
#pragma once

#define SEALPOST_DEVICE_ID "${deviceId}"
#define SEALPOST_DEVICE_KEY_BASE64 "${key}"

// Fill these in before the build, or set them on the serial console.
#ifndef SEALPOST_SERVER_URL
#define SEALPOST_SERVER_URL ""
#endif
#ifndef SEALPOST_WIFI_SSID
#define SEALPOST_WIFI_SSID ""
#endif
#ifndef SEALPOST_WIFI_PASSWORD
#define SEALPOST_WIFI_PASSWORD ""
#endif
`;

const hasCompiler = spawnSync('g++', ['--version']).status === 0;

describe.concurrent('--out', () => {
  test('writes the key into a header for its owner only, and shows it nowhere', async ({ data, device, out }) => {
    const ended = await device('add', 'greenhouse', '--out', out);
    expect(ended).toEqual({
      code: 0,
      stdout: `greenhouse is registered.
Its key is in ${out}, and nowhere else that can be read.

Next: fill in the Wi-Fi and the server there, then run pio run -t upload in firmware/
`,
      stderr: '',
    });
    const [key = ''] = await keysInStore(data);
    expect(readFileSync(out, 'utf8')).toBe(isHeaderOf('greenhouse', key));
    expect(statSync(out).mode & 0o777).toBe(0o600);
    for (const spelling of spellings(Buffer.from(key, 'base64'))) expect(ended.stdout).not.toContain(spelling);
  });

  test('with --json says where the key is', async ({ device, out }) => {
    const { code, stdout } = await device('add', 'greenhouse', '--json', '--out', out);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ device: 'greenhouse', out });
  });

  test('is for its owner only under any umask', async ({ data, out }) => {
    const args = ['device', 'add', 'greenhouse', '--data', data, '--out', out];
    const { code } = await sealpost(args, { program: ['sh', '-c', 'umask 000; exec "$@"', 'sh', ...commandLine] });
    expect(code).toBe(0);
    expect(statSync(out).mode & 0o777).toBe(0o600);
  });

  test('takes the new key of a rotation as well', async ({ data, device, out }) => {
    await device('add', 'greenhouse');
    const { stdout } = await device('rotate', 'greenhouse', '--now', '--out', out);
    expect(stdout).toMatch(/^greenhouse has a new key\.\nThe old one has ended\.\nIts key is in /);
    const [key = '', ...others] = await keysInStore(data);
    expect(others).toEqual([]);
    expect(readFileSync(out, 'utf8')).toBe(isHeaderOf('greenhouse', key));
  });

  test.skipIf(!hasCompiler)(
    'writes what a C++ compiler takes, with the Wi-Fi filled in or not',
    async ({ data, device, out }) => {
      await device('add', 'greenhouse', '--out', out);
      const [key = ''] = await keysInStore(data);
      const source = join(dirname(data), 'main.cpp');
      writeFileSync(
        source,
        `#define SEALPOST_WIFI_SSID "home"
#include "device_config.h"
#include "device_config.h"
constexpr char key[] = SEALPOST_DEVICE_KEY_BASE64;
static_assert(sizeof(key) == 44 + 1 && key[43] == '=');
static_assert(sizeof(SEALPOST_DEVICE_ID) == sizeof("greenhouse"));
static_assert(sizeof(SEALPOST_WIFI_SSID) == sizeof("home"));
static_assert(sizeof(SEALPOST_SERVER_URL) == 1 && sizeof(SEALPOST_WIFI_PASSWORD) == 1);
`,
      );
      const flags = ['-std=c++17', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-fsyntax-only'];
      const { status, stderr } = spawnSync('g++', [...flags, source], { encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(key).toHaveLength(44);
    },
  );
});

describe.concurrent('a header that can not be made', () => {
  test('because a file is there leaves the file as it is, and no device', async ({ device, out }) => {
    writeFileSync(out, 'the only copy of another key');
    chmodSync(out, 0o644);
    expect(await device('add', 'greenhouse', '--out', out)).toEqual({
      code: 1,
      stdout: '',
      stderr: `sealpost: ${out} exists already and may hold the only copy of a key: move it away first, or choose another name\n`,
    });
    expect(readFileSync(out, 'utf8')).toBe('the only copy of another key');
    expect(await device('list', '--json')).toEqual({ code: 0, stdout: '[]\n', stderr: '' });
  });

  test('because a file is there leaves the key of a rotation as it is', async ({ data, device, out }) => {
    await device('add', 'greenhouse');
    const before = await keysInStore(data);
    writeFileSync(out, '');
    expect(await device('rotate', 'greenhouse', '--now', '--out', out)).toMatchObject({ code: 1, stdout: '' });
    expect(await keysInStore(data)).toEqual(before);
  });

  test('because its folder is not there leaves no device', async ({ data, device }) => {
    const nowhere = join(dirname(data), 'firmware', 'device_config.h');
    expect(await device('add', 'greenhouse', '--out', nowhere)).toEqual({
      code: 1,
      stdout: '',
      stderr: `sealpost: can't write ${nowhere}: ENOENT: no such file or directory, open '${nowhere}'\n`,
    });
    expect(await device('list', '--json')).toEqual({ code: 0, stdout: '[]\n', stderr: '' });
  });
});

test.concurrent('a device that can not be registered leaves no header behind', async ({ device, out }) => {
  await device('add', 'greenhouse');
  expect(await device('add', 'greenhouse', '--out', out)).toMatchObject({ code: 1, stdout: '' });
  expect(existsSync(out)).toBe(false);
});
