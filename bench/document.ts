import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chart } from './chart.ts';
import { curveTables, goalsTable, keepsTable, machineSentence, mainTable, toMarkdown } from './report.ts';
import type { Results } from './results.ts';

const resultsFile = join(import.meta.dirname, 'results.json');
const documents = join(import.meta.dirname, '../docs');

/** What earlier runs left, or null: `--curves` alone keeps the table, and the other way round. */
export function readResults(): Results | null {
  try {
    return JSON.parse(readFileSync(resultsFile, 'utf8')) as Results;
  } catch {
    return null;
  }
}

/** Keeps the results, and puts them into docs/performance.md, between its markers, and its chart. */
export function writeResults(results: Results): void {
  writeFileSync(resultsFile, formatResults(results));
  const page = join(documents, 'performance.md');
  const parts: Record<string, string> = {
    machine: machineSentence(results.machine),
    goals: toMarkdown(goalsTable(results)),
  };
  if (results.table) {
    parts.table = toMarkdown(mainTable(results.table));
    parts.keeps = toMarkdown(keepsTable(results.table));
    writeFileSync(join(documents, 'performance.svg'), chart(results.table));
  }
  if (results.curves) {
    parts.curves = curveTables(results.curves)
      .map((table) => `### ${table.title}\n\n${toMarkdown(table)}`)
      .join('\n\n');
  }
  let text = readFileSync(page, 'utf8');
  for (const [name, content] of Object.entries(parts)) text = replacePart(text, name, content);
  writeFileSync(page, text);
}

/** Five digits that count, and each list of numbers on one line, as the formatter would have it. */
export function formatResults(results: Results): string {
  const rounded = (_key: string, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(5)) : value);
  const text = JSON.stringify(results, rounded, 2);
  return `${text.replace(/\[\s+([\d.e+,\s-]+?)\s+\]/g, (_all, list: string) => `[${list.replace(/\s+/g, ' ')}]`)}\n`;
}

/** Replaces what stands between `<!-- bench NAME -->` and `<!-- /bench NAME -->`. */
export function replacePart(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- bench ${name} -->`, `<!-- /bench ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no place for ${name}: ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`;
}
