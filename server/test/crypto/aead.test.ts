import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decrypt, seal, verify } from '../../src/crypto/aead.ts';
import { hex } from '../hex.ts';

// RFC 7518, appendix B.1: the test case of AES_128_CBC_HMAC_SHA_256.
const keys = {
  mac: createSecretKey(hex('000102030405060708090a0b0c0d0e0f')),
  encryption: createSecretKey(hex('101112131415161718191a1b1c1d1e1f')),
};
const iv = hex('1af38c2dc2b96ffdd86694092341bc04');
const associatedData = Buffer.from('The second principle of Auguste Kerckhoffs');
const plaintext = Buffer.from(
  'A cipher system must not be required to be secret, and it must be able to fall into the hands of the enemy without inconvenience',
);
const ciphertext = hex(`
  c80edfa32ddf39d5ef00c0b468834279a2e46a1b8049f792f76bfe54b903a9c9
  a94ac9b47ad2655c5f10f9aef71427e2fc6f9b3f399a221489f16362c7032336
  09d45ac69864e3321cf82935ac4096c86e133314c54019e8ca7980dfa4b9cf1b
  384c486f3a54c51078158ee5d79de59fbd34d848b3d69550a67646344427ade5
  4b8851ffb598f7f80074b9473c82e2db`);
const tag = hex('652c3fa36b0a7c5b3219fab3a30bc1c4');
const sealed = Buffer.concat([ciphertext, tag]);

describe('A128CBC-HS256', () => {
  it('seals as RFC 7518, appendix B.1 has it', () => {
    expect(seal(keys, iv, associatedData, plaintext)).toEqual(sealed);
  });

  it('opens what the appendix sealed', () => {
    expect(verify(keys, iv, associatedData, sealed)).toBe(true);
    expect(decrypt(keys, iv, sealed)).toEqual(plaintext);
  });

  it('refuses every single flipped bit of ciphertext, tag, IV and associated data', () => {
    for (const [part, length] of Object.entries({
      sealed: sealed.length,
      iv: 16,
      associatedData: associatedData.length,
    })) {
      for (let bit = 0; bit < length * 8; bit += 1) {
        const inputs = {
          sealed: Buffer.from(sealed),
          iv: Buffer.from(iv),
          associatedData: Buffer.from(associatedData),
        };
        const bytes = inputs[part as keyof typeof inputs];
        bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        expect(verify(keys, inputs.iv, inputs.associatedData, inputs.sealed), `${part}, bit ${bit}`).toBe(false);
      }
    }
  });

  it('refuses every truncation', () => {
    for (let length = 0; length < sealed.length; length += 1) {
      expect(verify(keys, iv, associatedData, sealed.subarray(0, length)), `${length} bytes`).toBe(false);
    }
  });

  it('gives nothing for a wrong padding under a right tag', () => {
    // The last block of a message with no padding at all: 16 bytes of plaintext, its padding block cut off.
    const whole = seal(keys, iv, associatedData, Buffer.alloc(16, 0xff));
    const cut = Buffer.concat([whole.subarray(0, 16), Buffer.alloc(16)]);
    expect(decrypt(keys, iv, cut)).toBeUndefined();
  });
});
