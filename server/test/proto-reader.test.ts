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
  const reader = new ProtoReader(Buffer.from(bytes));
  expect([reader.varint(), reader.usual]).toEqual([0, false]);
});

it('reads no further than the end of the message that it is in', () => {
  // A message of two bytes, the first of a number that would go on, and a float that would.
  const reader = new ProtoReader(Buffer.from([2, 7, 0x81, 0x01, 0, 0]));
  const outer = reader.enter();
  expect([outer, reader.takes(7), reader.takes(9), reader.usual]).toEqual([6, true, false, true]);
  expect([reader.varint(), reader.usual]).toEqual([0, false]);
});

it.each([
  ['a message that is longer than the one around it', (reader: ProtoReader) => reader.enter()],
  ['a float that is cut off', (reader: ProtoReader) => reader.float()],
  ['a fixed64 that is cut off', (reader: ProtoReader) => reader.fixed64()],
  ['a message that is not over', (reader: ProtoReader) => reader.leave(3)],
  ['a number that is too great', (reader: ProtoReader) => reader.varint(2)],
])('finds %s', (_name, read) => {
  const reader = new ProtoReader(Buffer.from([3, 1, 1]));
  read(reader);
  expect(reader.usual).toBe(false);
});
