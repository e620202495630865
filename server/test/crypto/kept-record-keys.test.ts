import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decrypt, seal } from '../../src/crypto/aead.ts';
import { KeptCbc } from '../../src/crypto/kept-cbc.ts';
import { KeptRecordKeys } from '../../src/crypto/kept-record-keys.ts';
import { OneShotHmac } from '../../src/crypto/one-shot-hmac.ts';
import { importRecordKeys, openRecord, type RecordMethod, sealRecord } from '../../src/crypto/record.ts';

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
const record = fc.record({
  method: fc.constantFrom<RecordMethod>('SensorUpload', 'TimeSync'),
  sessionId: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
  counter: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 2 ** 32 - 1 })),
  plaintext: bytes(200),
  /** Which bit to turn over before opening; none of them in half of the records. */
  forged: fc.option(fc.nat(2000)),
});

describe('record keys that are kept', () => {
  it('seal and open one record after another exactly as the plain form does, forgeries among them', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 40 }), (records) => {
        const keys = randomBytes(48);
        const plain = importRecordKeys(keys);
        const [sealer, opener] = [new KeptRecordKeys(keys), new KeptRecordKeys(keys)];
        for (const { plaintext, forged, ...place } of records) {
          const sealed = sealer.seal(place, plaintext);
          expect(sealed).toEqual(sealRecord(plain, place, plaintext));
          if (forged !== null) sealed.writeUInt8(sealed.readUInt8(forged % sealed.length) ^ 1, forged % sealed.length);
          const asked: string[] = [];
          const opened = opener.open(place, sealed, () => asked.push('accept') > 0);
          expect(opened).toEqual(openRecord(plain, place, sealed));
          expect({ opened, asked }).toEqual(
            forged === null ? { opened: { plaintext }, asked: ['accept'] } : { opened: { refused: 'tag' }, asked: [] },
          );
        }
      }),
    );
  });

  it('open nothing that is refused after its tag, and go on', () => {
    const keys = randomBytes(48);
    const [sealer, opener] = [new KeptRecordKeys(keys), new KeptRecordKeys(keys)];
    const place = { method: 'TimeSync', sessionId: 7n, counter: 3 } as const;
    const sealed = sealer.seal(place, Buffer.from('report'));
    expect(opener.open(place, sealed, () => false)).toEqual({ refused: 'replay' });
    expect(opener.open(place, sealed, () => true)).toEqual({ plaintext: Buffer.from('report') });
  });

  it('open nothing and seal nothing once they are wiped, and leave no MAC key behind', () => {
    const bytes = randomBytes(48);
    const keys = new KeptRecordKeys(bytes);
    const place = { method: 'TimeSync', sessionId: 7n, counter: 3 } as const;
    const sealed = keys.seal(place, Buffer.from('report'));
    keys.wipe();
    expect(bytes.subarray(0, 16)).toEqual(Buffer.alloc(16));
    expect(() => keys.seal({ ...place, counter: 4 }, Buffer.from('report'))).toThrow('these record keys are wiped');
    const asked: string[] = [];
    expect(keys.open(place, sealed, () => asked.push('accept') > 0)).toEqual({ refused: 'tag' });
    expect(asked).toEqual([]);
    keys.wipe();
  });

  it.each([0, 16, 31, 33, 64 * 1024 + 16])('refuse %i sealed bytes', (length) => {
    const place = { method: 'TimeSync', sessionId: 7n, counter: 3 } as const;
    expect(new KeptRecordKeys(randomBytes(48)).open(place, Buffer.alloc(length), () => true)).toEqual({
      refused: 'tag',
    });
  });
});

describe('CBC that is kept', () => {
  it('finds every wrong padding that the plain form finds, and goes on after it', () => {
    const key = createSecretKey(randomBytes(16));
    const kept = new KeptCbc(key);
    const keys = { mac: key, encryption: key };
    const block = fc.uint8Array({ minLength: 16, maxLength: 16 });
    const nearlyPadding = fc.tuple(fc.nat(17), fc.nat(17), fc.nat(15)).map(([value, other, at]) => {
      const bytes = Buffer.alloc(16, value);
      bytes[at] = other;
      return bytes;
    });
    fc.assert(
      fc.property(block, fc.oneof(block, nearlyPadding), (iv, padded) => {
        // What decrypts to these blocks: sealing pads with one more, which is cut off together with the tag.
        const ciphertext = seal(keys, Buffer.from(iv), Buffer.alloc(0), padded).subarray(0, 16);
        const sealed = Buffer.concat([ciphertext, Buffer.alloc(16)]);
        expect(kept.decrypt(iv, ciphertext)).toEqual(decrypt(keys, Buffer.from(iv), sealed));
      }),
    );
  });
});

describe('HMAC by one-shot hashes', () => {
  it("is node:crypto's, whatever was computed before", () => {
    const hmac = new OneShotHmac(300);
    const into = Buffer.alloc(32);
    fc.assert(
      fc.property(bytes(64), bytes(300), (key, message) => {
        hmac.message.set(message);
        hmac.digest(key, message.length, into);
        expect(into).toEqual(createHmac('sha256', key).update(message).digest());
        expect(hmac.secretDigest(key, message.length)).toEqual(into);
      }),
    );
  });
});
