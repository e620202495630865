import { readFileSync } from 'node:fs';

export const root = new URL('../../../', import.meta.url);

/** A file of the project, by its path from the root. */
export function readDocument(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}

/** The numbered sections of a document, `## 4. Handshake`: the text of each, up to the next, by its number. */
export function numberedSections(markdown: string): ReadonlyMap<number, string> {
  const parts = markdown.split(/^## /m).slice(1);
  return new Map(parts.flatMap((part) => (/^\d+\. /.test(part) ? [[Number.parseInt(part, 10), part] as const] : [])));
}

/**
 * What the ```text blocks of a section give: a label on a line of its own with a colon at its end, then the value, two
 * blanks in front of each of its lines. Throws for a label that comes twice.
 */
export function labelledValues(section: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [, block = ''] of section.matchAll(/^```text\n(.*?)^```$/gms)) {
    for (const [, label = '', value = ''] of block.matchAll(/^(\S.*):\n((?: {2}.*\n)+)/gm)) {
      if (values.has(label)) throw new Error(`"${label}" comes twice`);
      values.set(label, value.replaceAll(/^ {2}/gm, '').trimEnd());
    }
  }
  return values;
}

/** The body rows of the section's first table under a header row that begins with `firstColumn`, as cells. */
export function tableUnder(section: string, firstColumn: string): readonly (readonly string[])[] {
  const lines = section.split('\n');
  const header = lines.findIndex((line) => line.startsWith(`| ${firstColumn} |`));
  if (header < 0) throw new Error(`there is no table whose first column is "${firstColumn}"`);
  const body = lines.slice(header + 2);
  const end = body.findIndex((line) => !line.startsWith('|'));
  return body.slice(0, end < 0 ? undefined : end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
