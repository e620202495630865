import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ProtoReader } from '../src/proto-reader.ts';

it('reads every number up to 2^53 - 1 as the library does', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      const bytes = Buffer.from(new BinaryWriter().uint64(value).finish());
      expect(BigInt(new ProtoReader(bytes).varint())).toBe(new BinaryReader(bytes).uint64());
    }),
  );
});

it.each([
  ['a number of 2^53', new BinaryWriter().uint64(2n ** 53n).finish()],
  ['a negative number', new BinaryWriter().int64(-1).finish()],
  ['nothing', Buffer.alloc(0)],
  ['a number that does not end', Buffer.from([0x80, 0x80])],
  ['nine bytes of a small number', Buffer.from([0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0])],
])('leaves %s to the library', (_name, bytes) => {
  expect(new ProtoReader(Buffer.from(bytes)).varint()).toBeNaN();
});

it('reads no further than the end that it was given', () => {
  const reader = new ProtoReader(Buffer.from([0x81, 0x01, 7]));
  reader.end = 1;
  expect([reader.varint(), reader.takes(0x81), reader.takes(7), reader.has(1)]).toEqual([
    Number.NaN,
    true,
    false,
    false,
  ]);
});
