// Writes gen/vectors: a part of `npm run generate`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { root } from '../documents/markdown.ts';
import { vectorFiles } from './vector-files.ts';

for (const [path, text] of Object.entries(vectorFiles())) {
  const file = new URL(path, root);
  mkdirSync(new URL('.', file), { recursive: true });
  writeFileSync(file, text);
}
