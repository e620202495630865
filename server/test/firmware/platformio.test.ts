import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

const sector = 0x1000;
const appAlignment = 0x10000;
const partitionTable = 0x8000;
const flashSize = 4 * 1024 * 1024;

const partitions = read('firmware/partitions.csv')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [name = '', type = '', subtype = '', offset, size] = line.split(',').map((field) => field.trim());
    return { name, type, subtype, offset: Number(offset), size: Number(size) };
  });

describe('partitions.csv', () => {
  test('has what an update needs, the settings, and 1.25 MB of readings', () => {
    expect(partitions.map(({ name, type, subtype, size }) => [name, type, subtype, size])).toEqual([
      ['nvs', 'data', 'nvs', 0x5000],
      ['otadata', 'data', 'ota', 0x2000],
      ['app0', 'app', 'ota_0', 0x150000],
      ['app1', 'app', 'ota_1', 0x150000],
      ['readings', 'data', 'undefined', 0x140000],
    ]);
  });

  test('lays one after the other, behind the table, within 4 MB', () => {
    let end = partitionTable + sector;
    for (const { name, type, offset, size } of partitions) {
      expect(offset, name).toBeGreaterThanOrEqual(end);
      expect(offset % (type === 'app' ? appAlignment : sector), name).toBe(0);
      expect(size % sector, name).toBe(0);
      end = offset + size;
    }
    expect(end).toBe(0x3f0000);
    expect(end).toBeLessThanOrEqual(flashSize);
  });

  test('has room for no core dump, which would write session keys down', () => {
    expect(partitions.filter(({ subtype }) => subtype === 'coredump')).toEqual([]);
  });
});

describe('platformio.ini', () => {
  const settings = read('firmware/platformio.ini');

  test('has the version of package.json', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(settings).toContain(`-D SEALPOST_VERSION=\\"${version}\\"`);
    expect(JSON.parse(read('firmware/lib/sealpost/library.json'))).toMatchObject({ version });
  });

  test('pins its platform and every library to one version', () => {
    const libraries = [...settings.matchAll(/^(?:lib_deps =)? +(\S+\/[^$\n]+)$/gm)].map(([, library = '']) => library);
    expect(libraries).toHaveLength(6);
    for (const library of libraries) expect(library).toMatch(/@\d+\.\d+\.\d+$/);
    expect(settings).toMatch(/^platform = https:.*\/55\.03\.\d+\/platform-espressif32\.zip$/m);
  });

  test('brings in every message that nanopb has generated', () => {
    const generated = readdirSync(join(root, 'gen/nanopb'), { recursive: true, encoding: 'utf8' });
    const wanted = generated.filter((path) => path.endsWith('.c')).sort();
    const source = read('firmware/lib/sealpost/src/sealpost/messages/generated.c');
    expect([...source.matchAll(/#include "(.*)"/g)].map(([, path]) => path)).toEqual(wanted);
  });
});

test('the adapters of the board stay small', () => {
  const folder = join(root, 'firmware/src');
  const lines = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8').split('\n').length - 1);
  expect(lines.reduce((sum, count) => sum + count, 0)).toBeLessThan(600);
});
