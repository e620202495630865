import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  deriveRecordKeys,
  importRecordKeys,
  openRecord,
  type RecordPlace,
  sealRecord,
} from '../../src/crypto/record.ts';

const keyBytes = deriveRecordKeys(Buffer.alloc(32, 7));
const keys = importRecordKeys(keyBytes);
const place: RecordPlace = { method: 'SensorUpload', sessionId: 0xfedcba9876543210n, counter: 1 };
const plaintext = Buffer.from('twenty degrees');

describe('record', () => {
  it('has three keys of 16 bytes, all different', () => {
    const parts = [0, 16, 32].map((from) => keyBytes.subarray(from, from + 16).toString('hex'));
    expect(keyBytes.length).toBe(48);
    expect(new Set(parts).size).toBe(3);
  });

  it('opens to what was sealed, whatever its length', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 1, max: 2 ** 32 - 1 }),
        fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
        fc.constantFrom('SensorUpload' as const, 'TimeSync' as const),
        (bytes, counter, sessionId, method) => {
          const sealed = sealRecord(keys, { method, sessionId, counter }, bytes);
          expect(sealed.length).toBe((Math.floor(bytes.length / 16) + 1) * 16 + 16);
          expect(openRecord(keys, { method, sessionId, counter }, sealed)).toEqual({ plaintext: Buffer.from(bytes) });
        },
      ),
      { numRuns: 200 },
    );
  });

  it.each([
    ['another method', { ...place, method: 'TimeSync' as const }],
    ['another session', { ...place, sessionId: place.sessionId + 1n }],
    ['another counter', { ...place, counter: 2 }],
  ])('is refused at %s', (_, elsewhere) => {
    expect(openRecord(keys, elsewhere, sealRecord(keys, place, plaintext))).toEqual({ refused: 'tag' });
  });

  it('is refused under the keys of the other direction', () => {
    const other = importRecordKeys(deriveRecordKeys(Buffer.alloc(32, 8)));
    expect(openRecord(other, place, sealRecord(keys, place, plaintext))).toEqual({ refused: 'tag' });
  });

  it('asks the replay window only after the tag has verified, and decrypts only after the window has agreed', () => {
    const sealed = sealRecord(keys, place, plaintext);
    const asked: string[] = [];
    const accept = () => asked.push('asked') > 1;
    expect(openRecord(keys, place, Buffer.alloc(48), accept)).toEqual({ refused: 'tag' });
    expect(asked).toEqual([]);
    expect(openRecord(keys, place, sealed, accept)).toEqual({ refused: 'replay' });
    expect(openRecord(keys, place, sealed, accept)).toEqual({ plaintext });
  });

  it('never has the same ciphertext for the same plaintext at two counters', () => {
    const first = sealRecord(keys, place, plaintext);
    const second = sealRecord(keys, { ...place, counter: 2 }, plaintext);
    expect(first.subarray(0, 16)).not.toEqual(second.subarray(0, 16));
  });
});
