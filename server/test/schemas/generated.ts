import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Every file below a folder: its path there, and its text. */
export function filesBelow(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]));
}

/** Runs one generator of buf.gen.yaml into a folder of its own, which `use` sees and which is then removed. */
export function regenerate(plugin: string, out: string, use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'sealpost-gen-'));
  const template = readFileSync(join(root, 'buf.gen.yaml'), 'utf8');
  const [head = '', ...plugins] = template.split(/^ {2}(?=- local:)/m);
  const chosen = plugins.find((text) => text.startsWith(`- local: ${plugin}\n`));
  try {
    const chosenOnly = join(folder, 'buf.gen.yaml');
    writeFileSync(chosenOnly, `${head.replace('clean: true\n', '')}  ${chosen}`);
    const ran = spawnSync('buf', ['generate', '--template', chosenOnly, '-o', folder], { cwd: root, encoding: 'utf8' });
    if (ran.status !== 0) throw new Error(`buf generate failed: ${ran.stderr}`);
    use(join(folder, out));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
