import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { replacePart } from '../../../bench/document.ts';
import { figure, goalsOf } from '../../../bench/goals.ts';
import { httpFraming } from '../../../bench/http.ts';
import { medianOf } from '../../../bench/median.ts';
import { toMarkdown } from '../../../bench/report.ts';
import type { TableRow } from '../../../bench/results.ts';

const row = (name: string, rounds: readonly number[], cpuMicrosPerRequest: number): TableRow => ({
  name,
  keeps: '',
  note: '',
  readingsPerRequest: 1,
  requestsPerSecond: medianOf(rounds),
  ratio: 1,
  rounds,
  p50Milliseconds: 1,
  p99Milliseconds: 1,
  cpuMicrosPerRequest,
  memory: 1,
  bytesPerReading: 1,
  firstContactBytes: null,
  generatorShare: 0.5,
});

test('a goal about a ratio compares the rounds with each other, not the medians', () => {
  const table = [row('bare Fastify', [100, 1000, 10], 10), row('sealpost: upload of one reading', [60, 500, 9], 20)];
  expect(goalsOf({ table })[0]).toEqual({
    what: 'uploads/s, one core, to bare Fastify POST',
    goal: 'at least 0.520',
    measured: '0.600 (0.500 by CPU time)',
    reached: true,
  });
});

test('what was not measured is not reached', () => {
  const goals = goalsOf({});
  expect(goals.filter(({ measured, reached }) => measured !== null || reached)).toEqual([]);
});

test('a slow disk is held to 64 uploads a commit and the work for them', () => {
  const slowDisk = {
    syncMilliseconds: 20,
    connections: 64,
    uploadsPerSecond: 2500,
    p99Milliseconds: 30,
    fastUploadsPerSecond: 10_000,
    fastCpuMicrosPerUpload: 78.125,
    othersP99Milliseconds: 11,
  };
  expect(goalsOf({ curves: { slowDisk } }).slice(-2)).toEqual([
    {
      what: 'uploads/s with a sync of 20 ms, of what 64 a commit allow',
      goal: 'at least 0.900',
      measured: '0.977',
      reached: true,
    },
    { what: 'p99 of other calls with that sync, ms', goal: 'at most 10', measured: '11', reached: false },
  ]);
});

test('figures have three digits that count', () => {
  expect([0.0123, 1.2345, 12.345, 123.45, 12345.6, 4].map(figure)).toEqual([
    '0.012',
    '1.23',
    '12.3',
    '123',
    '12,346',
    '4',
  ]);
});

test('a table for the document has its figures at the right', () => {
  expect(
    toMarkdown({
      title: '',
      header: ['what', 'n'],
      rows: [
        ['a', '1'],
        ['b', '–'],
      ],
    }),
  ).toBe('| what | n |\n| --- | ---: |\n| a | 1 |\n| b | – |');
});

test('results go between their markers and nowhere else', () => {
  const page = 'before\n<!-- bench goals -->\nold\n<!-- /bench goals -->\nafter\n';
  expect(replacePart(page, 'goals', 'new')).toBe('before\n<!-- bench goals -->\nnew\n<!-- /bench goals -->\nafter\n');
  expect(() => replacePart(page, 'table', 'new')).toThrow('no place for table');
});

test('docs/performance.md has a place for each part', () => {
  const page = readFileSync(fileURLToPath(new URL('../../../docs/performance.md', import.meta.url)), 'utf8');
  for (const part of ['machine', 'goals', 'table', 'keeps', 'curves']) {
    expect(replacePart(page, part, '')).toContain(`<!-- bench ${part} -->\n\n<!-- /bench ${part} -->`);
  }
});

test('an answer is whole when its body is, and anything but a success is a failure', () => {
  const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc';
  const lengthOf = (text: string) => httpFraming.answerLength(Buffer.from(text));
  expect([lengthOf(answer), lengthOf(answer.slice(0, 20)), lengthOf('HTTP/1.1 204 No Content\r\n\r\n')]).toEqual([
    answer.length,
    undefined,
    27,
  ]);
  expect(() => lengthOf('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n')).toThrow('401');
});
