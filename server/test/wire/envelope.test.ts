import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SensorUploadRequestSchema, SensorUploadResponseSchema } from '#gen/device_service_pb.js';
import { decodeEnvelope, encodeEnvelope, partsOf, recordOf } from '../../src/wire/envelope.ts';

const record = fc.record({
  sessionId: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  counter: fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
  sealed: fc.uint8Array({ maxLength: 20_000 }).map((bytes) => Buffer.from(bytes)),
});

/** What came of a body: its parts, or the error's words. */
function outcome(decode: () => unknown): unknown {
  try {
    return decode();
  } catch (error) {
    return error instanceof Error ? error.name : error;
  }
}

it('encodes a response byte for byte as the library does', () => {
  fc.assert(
    fc.property(record, ({ sessionId, counter, sealed }) => {
      fc.pre(sessionId !== 0n && counter !== 0 && sealed.length > 0);
      const parts = { sessionId, counter, sealed };
      const message = create(SensorUploadResponseSchema, { record: recordOf(parts) });
      expect(encodeEnvelope(parts, false)).toEqual(Buffer.from(toBinary(SensorUploadResponseSchema, message)));
      const text = JSON.parse(encodeEnvelope(parts, true).toString());
      expect(text).toEqual({
        record: { sessionId: String(sessionId), counter: String(counter), sealed: sealed.toString('base64') },
      });
    }),
  );
});

it('decodes every request as the library does, however it is broken', () => {
  const library = (body: Buffer) => partsOf(fromBinary(SensorUploadRequestSchema, body).record);
  const damage = fc.record({
    at: fc.nat(60),
    byte: fc.nat(255),
    cut: fc.nat(60),
    kind: fc.constantFrom('none', 'set', 'cut', 'add'),
  });
  fc.assert(
    fc.property(record, damage, ({ sealed, ...place }, { at, byte, cut, kind }) => {
      const parts = { ...place, sealed: sealed.subarray(0, 200) };
      let body = Buffer.from(
        toBinary(SensorUploadRequestSchema, create(SensorUploadRequestSchema, { record: recordOf(parts) })),
      );
      if (kind === 'set') body[at % body.length] = byte;
      if (kind === 'cut') body = body.subarray(0, Math.max(0, body.length - cut));
      if (kind === 'add') body = Buffer.concat([body, Buffer.from([byte, at])]);
      const expected = outcome(() => library(body));
      const actual = outcome(() => decodeEnvelope(SensorUploadRequestSchema, body, false));
      if (typeof expected === 'string') expect(actual).toBe('SealpostError');
      else expect(actual).toEqual(expected);
    }),
    { numRuns: 2000 },
  );
});
