import { existsSync, readdirSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { numberedSections, readDocument, root } from './markdown.ts';

const documents = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].filter((path) => existsSync(new URL(path, root))),
  ...readdirSync(new URL('docs/', root))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

const withoutCode = (markdown: string) => markdown.replaceAll(/^```.*?^```$/gms, '').replaceAll(/`[^`\n]*`/g, '``');

function relativeLinks(path: string): string[] {
  const targets = [...withoutCode(readDocument(path)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

/** GitHub's anchors: lower case, punctuation gone, hyphens for blanks. */
function anchorsOf(path: string): string[] {
  const headings = [...withoutFences(readDocument(path)).matchAll(/^#{1,6} (.+)$/gm)];
  return headings.map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

const withoutFences = (markdown: string) => markdown.replaceAll(/^```.*?^```$/gms, '');

describe.each(documents)('%s', (path) => {
  it('links to files and headings that are there', () => {
    const broken = relativeLinks(path).filter((link) => {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : decodeURI(new URL(file, new URL(path, root)).href.slice(root.href.length));
      if (!existsSync(new URL(target, root))) return true;
      return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).includes(anchor);
    });
    expect(broken).toEqual([]);
  });
});

function sourceFiles(folder: string): string[] {
  return readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}${name}`)
    .filter((path) => statSync(new URL(path, root)).isFile());
}

describe('a comment in the code', () => {
  const sections = [...numberedSections(readDocument('docs/protocol-v1.md')).keys()];

  it('names sections of the protocol document that are there', () => {
    const cited = [...sourceFiles('server/src/'), ...sourceFiles('proto/sealpost/')].flatMap((path) => {
      // A comment may break its line between any two words.
      const text = readDocument(path).replaceAll(/\n\s*(?:\*|\/\/|#)?\s*/g, ' ');
      const citations = text.matchAll(/docs\/protocol-v1\.md, sections? (\d+)(?: and (\d+))?/g);
      return [...citations].flatMap(([, ...numbers]) =>
        numbers.filter((number) => number !== undefined).map((number) => ({ path, section: Number(number) })),
      );
    });
    expect(cited.length).toBeGreaterThan(20);
    expect(cited.filter(({ section }) => !sections.includes(section))).toEqual([]);
  });
});
