import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const bench = fileURLToPath(new URL('../../../bench/bench.ts', import.meta.url));

// It reads what Linux counts for each process.
test.skipIf(process.platform !== 'linux')(
  'the bench measures our servers, and prints a row for each, and the goals',
  () => {
    const few = ['--no-peers', '--rounds', '1', '--uploads', '100', '--seconds', '1'];
    const ran = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', bench, ...few], {
      encoding: 'utf8',
    });
    expect(ran.status, ran.stderr).toBe(0);
    const [, table = '', keeps = '', goals = ''] = ran.stdout.split(/\n\n(?=[A-Z])/);
    const firstCells = (text: string) =>
      text
        .split('\n')
        .slice(3)
        .map((line) => line.split(/ {2,}/)[0] ?? '')
        .filter((cell) => cell !== '');
    const rows = [
      'bare node:http',
      'bare Fastify',
      'sealpost: upload of one reading',
      'sealpost: upload of 64 readings',
      'sealpost: handshake',
      'sealpost: TimeSync',
      'sealpost: GET /sensor',
    ];
    expect(firstCells(table)).toEqual(rows);
    expect(firstCells(keeps)).toEqual(rows);
    expect(goals).toContain('What we hold ourselves to');
    expect(firstCells(goals)).toHaveLength(13);
  },
);
