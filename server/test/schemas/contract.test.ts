import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './generated.ts';

const schemas = join(root, 'proto/sealpost/v1');

describe('the schemas', () => {
  it.each(readdirSync(schemas).filter((name) => name.endsWith('.proto')))('%s has a comment on everything', (name) => {
    const lines = readFileSync(join(schemas, name), 'utf8').split('\n');
    const declares = /^\s*(message|enum|service|rpc|(repeated )?[\w.]+ \w+ = \d+|[A-Z_0-9]+ = \d+)/;
    const bare = lines.filter((line, index) => declares.test(line) && !lines[index - 1]?.trim().startsWith('//'));
    expect(bare).toEqual([]);
  });

  it('are refused by `buf breaking` when a field changes its number', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sealpost-breaking-'));
    try {
      for (const path of ['buf.yaml', 'proto']) cpSync(join(root, path), join(folder, path), { recursive: true });
      const record = join(folder, 'proto/sealpost/v1/record.proto');
      writeFileSync(record, readFileSync(record, 'utf8').replace('uint64 counter = 2', 'uint64 counter = 4'));
      const ran = spawnSync('buf', ['breaking', '--against', join(root, 'proto/released.binpb')], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect(ran.status).toBe(100);
      expect(ran.stdout).toContain('"2" with name "counter" on message "SealedRecord" was deleted');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
