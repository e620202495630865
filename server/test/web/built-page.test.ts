import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { build } from 'vite';
import { afterAll, expect, it } from 'vitest';
import { filesBelow, root } from '../schemas/generated.ts';

const committed = join(root, 'web/dist');
const built = mkdtempSync(join(tmpdir(), 'sealpost-page-'));
afterAll(() => rmSync(built, { recursive: true, force: true }));

/** Its files, but for the compressed ones: zlib's output differs from machine to machine, what is in it does not. */
function plainFiles(folder: string): Record<string, string> {
  return Object.fromEntries(Object.entries(filesBelow(folder)).filter(([name]) => !name.endsWith('.gz')));
}

it('web/dist is what web/ builds: npm run build:page makes it anew', async () => {
  await build({ configFile: join(root, 'web/vite.config.ts'), build: { outDir: built, emptyOutDir: true } });
  expect(plainFiles(built)).toEqual(plainFiles(committed));
});

it('each file is there compressed as well', () => {
  const compressed = readdirSync(committed).filter((name) => name.endsWith('.gz'));
  expect(
    Object.fromEntries(
      compressed.map((name) => [name.slice(0, -3), gunzipSync(readFileSync(join(committed, name))).toString()]),
    ),
  ).toEqual(plainFiles(committed));
});

it('its JavaScript is less than 100 KB compressed', () => {
  const sizes = readdirSync(committed)
    .filter((name) => name.endsWith('.js.gz'))
    .map((name) => readFileSync(join(committed, name)).length);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(100_000);
});

it('names no other host that a browser would ask', () => {
  const addresses = Object.values(plainFiles(committed)).flatMap((text) => text.match(/https?:\/\/[a-z0-9.-]+/g) ?? []);
  // The name of SVG, which nobody asks for.
  expect(new Set(addresses)).toEqual(new Set(['http://www.w3.org']));
});
