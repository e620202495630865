import { createCipheriv, createDecipheriv, createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';

/**
 * AEAD_AES_128_CBC_HMAC_SHA_256, the `A128CBC-HS256` of RFC 7518, section 5.2.3: AES-128-CBC with PKCS#7 padding, then
 * HMAC-SHA-256 over associated data, IV, ciphertext and the associated data's length, cut to 16 bytes.
 */
export interface A128CbcHs256Keys {
  /** MAC_KEY, 16 bytes. */
  readonly mac: KeyObject;
  /** ENC_KEY, 16 bytes. */
  readonly encryption: KeyObject;
}

const tagBytes = 16;
const blockBytes = 16;

/** The least a sealed message can be: one block of padding and the tag. */
export const leastSealedBytes = blockBytes + tagBytes;

function tagOf(keys: A128CbcHs256Keys, iv: Buffer, associatedData: Buffer, ciphertext: Buffer): Buffer {
  // AL: the associated data's length in bits, 64 bits big-endian (RFC 7518, section 5.2.2.1, step 4).
  const associatedBits = Buffer.alloc(8);
  associatedBits.writeUInt32BE(associatedData.length * 8, 4);
  const hmac = createHmac('sha256', keys.mac);
  return hmac
    .update(associatedData)
    .update(iv)
    .update(ciphertext)
    .update(associatedBits)
    .digest()
    .subarray(0, tagBytes);
}

/** Seals `plaintext`: the ciphertext, then the 16-byte tag (RFC 7518, section 5.2.2.1). `iv` is 16 bytes. */
export function seal(keys: A128CbcHs256Keys, iv: Buffer, associatedData: Buffer, plaintext: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-128-cbc', keys.encryption, iv);
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([ciphertext, tagOf(keys, iv, associatedData, ciphertext)]);
}

/**
 * Whether the tag is right, compared in constant time (RFC 7518, section 5.2.2.2, step 2). Apart from decrypt, because
 * the replay window comes between the two.
 */
export function verify(keys: A128CbcHs256Keys, iv: Buffer, associatedData: Buffer, sealed: Buffer): boolean {
  if (sealed.length < leastSealedBytes || sealed.length % blockBytes !== 0) return false;
  const ciphertext = sealed.subarray(0, -tagBytes);
  return timingSafeEqual(tagOf(keys, iv, associatedData, ciphertext), sealed.subarray(-tagBytes));
}

/**
 * Decrypts what `verify` accepted (RFC 7518, section 5.2.2.2, step 3). Undefined when the padding is wrong, which only
 * a sealer with the right keys and a bug can bring about.
 */
export function decrypt(keys: A128CbcHs256Keys, iv: Buffer, sealed: Buffer): Buffer | undefined {
  const decipher = createDecipheriv('aes-128-cbc', keys.encryption, iv);
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()]);
  } catch {
    return undefined;
  }
}
