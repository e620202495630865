import { create, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ClockAnswerSchema } from '#gen/clock_pb.js';
import { UploadReceiptSchema } from '#gen/reading_pb.js';
import { encodeClockAnswer, encodeReceipt } from '../../src/ingest/answers.ts';
import { timestampOf } from '../../src/time.ts';

const count = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const time = fc.oneof(
  fc.integer({ min: 0, max: 8_000_000_000_000_000 }),
  fc.nat(300),
  fc.nat(8_000_000).map((s) => s * 1e6),
);

it('a receipt is encoded byte for byte as the library does it', () => {
  fc.assert(
    fc.property(count, count, count, fc.option(time), (stored, duplicates, refusedSensors, serverTime) => {
      const message = create(UploadReceiptSchema, { stored, duplicates, refusedSensors });
      if (serverTime !== null) message.serverTime = timestampOf(serverTime);
      const encoded = encodeReceipt({ stored, duplicates, serverTime, refusedSensors });
      expect(encoded).toEqual(Buffer.from(toBinary(UploadReceiptSchema, message)));
    }),
  );
});

it('a clock answer too', () => {
  fc.assert(
    fc.property(time, time, (receive, transmit) => {
      const message = create(ClockAnswerSchema, {
        receiveTime: timestampOf(receive),
        transmitTime: timestampOf(transmit),
      });
      expect(encodeClockAnswer({ receive, transmit })).toEqual(Buffer.from(toBinary(ClockAnswerSchema, message)));
    }),
  );
  expect(encodeClockAnswer(null)).toEqual(Buffer.alloc(0));
});
