import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './schemas/generated.ts';

const stages = ['crypto', 'session', 'readings', 'store', 'ingest', 'access', 'readers', 'wire'];

/** Lints files that import one thing each, under this project's rules; the paths that the direction's rule refuses. */
function refusedImports(probes: Readonly<Record<string, string>>): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'sealpost-lint-'));
  try {
    for (const name of ['biome.json', '.gitignore']) copyFileSync(join(root, name), join(folder, name));
    for (const [path, specifier] of Object.entries(probes)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), `export { x } from '${specifier}';\n`);
    }
    const args = ['lint', '--reporter=github', '--max-diagnostics=none', '--only=style/noRestrictedImports', 'server'];
    const ran = spawnSync('biome', args, { cwd: folder, encoding: 'utf8' });
    return [...ran.stdout.matchAll(/noRestrictedImports,file=[^,]*?(server\/[^,]+)/g)]
      .map(([, path = '']) => path)
      .sort();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A file of one folder that imports from another. */
const probe = (from: string, to: string) => [`server/src/${from}/from-${to}.ts`, `../${to}/anything.ts`] as const;

describe('the direction of imports', () => {
  it('lets a stage import the stages before it and refuses those after it', () => {
    const all = stages.flatMap((from) => stages.filter((to) => to !== from).map((to) => probe(from, to)));
    const forbidden = stages.flatMap((from, index) => stages.slice(index + 1).map((to) => probe(from, to)[0]));
    expect(refusedImports(Object.fromEntries(all))).toEqual(forbidden.sort());
  });

  it('lets device/ import crypto/ and none of the other stages, and no stage device/ or cli/', () => {
    const fromDevice = stages.map((to) => probe('device', to));
    const outward = stages.flatMap((from) => [probe(from, 'device'), probe(from, 'cli')]);
    const allowed = probe('device', 'crypto')[0];
    expect(refusedImports(Object.fromEntries([...fromDevice, ...outward]))).toEqual(
      [...fromDevice, ...outward]
        .map(([path]) => path)
        .filter((path) => path !== allowed)
        .sort(),
    );
  });

  it('keeps the modules at the root leaves, but for app.ts and main.ts', () => {
    expect(
      refusedImports({
        'server/src/errors.ts': './store/anything.ts',
        'server/src/config.ts': './time.ts',
        'server/src/app.ts': './store/anything.ts',
        'server/src/crypto/from-app.ts': '../app.ts',
      }),
    ).toEqual(['server/src/crypto/from-app.ts', 'server/src/errors.ts']);
  });
});
