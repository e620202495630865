import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesBelow, regenerate, root } from './generated.ts';

const generated = filesBelow(join(root, 'gen/nanopb'));
const sources = Object.keys(generated).filter((path) => path.endsWith('.c'));
const namedVersion = /nanopb-(\S+) \*\//.exec(generated['sealpost/v1/reading.pb.h'] ?? '')?.[1];

function installedVersion(): string | undefined {
  const ran = spawnSync('nanopb_generator.py', ['--version'], { encoding: 'utf8' });
  return /nanopb-(\S+)/.exec(`${ran.stdout}${ran.stderr}`)?.[1];
}

describe('gen/nanopb', () => {
  const installed = installedVersion();

  if (installed === namedVersion) {
    it('is what the schemas generate', () => {
      regenerate('protoc-gen-nanopb', 'gen/nanopb', (folder) => {
        expect(filesBelow(folder)).toEqual(generated);
      });
    });
  } else {
    it(`is not compared: it names nanopb ${namedVersion} and this machine has ${installed}; it compiles below`, () => {
      expect(namedVersion).toBeDefined();
    });
  }

  it('bounds every field: no callbacks, so no .options file was overlooked', () => {
    expect(Object.entries(generated).filter(([, text]) => text.includes('pb_callback_t'))).toEqual([]);
  });

  it.each(sources)('%s compiles without a warning', (source) => {
    const args = ['-std=c99', '-Wall', '-Wextra', '-Werror', '-fsyntax-only', `-I${join(root, 'gen/nanopb')}`];
    const ran = spawnSync('gcc', [...args, join(root, 'gen/nanopb', source)], { encoding: 'utf8' });
    expect({ status: ran.status, stderr: ran.stderr }).toEqual({ status: 0, stderr: '' });
  });
});
