import * as crypto from 'node:crypto';
import { expect, it, vi } from 'vitest';
import { hkdfExpand } from '../../src/crypto/hkdf.ts';

vi.mock('node:crypto', async (importOriginal) => {
  const original = await importOriginal<typeof crypto>();
  return { ...original, hash: vi.fn(original.hash) };
});

it('no key that HKDF gives passes through a string, which nobody could wipe', () => {
  const output = hkdfExpand(Buffer.alloc(32, 1), Buffer.from('keys'), 64).toString('latin1');
  const hashes = vi.mocked(crypto.hash).mock.results.map(({ value }) => value as unknown);
  const texts = hashes.filter((digest): digest is string => typeof digest === 'string');
  expect(hashes).toHaveLength(4);
  expect(texts.filter((digest) => output.includes(digest))).toEqual([]);
});
