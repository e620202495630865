import { createHmac, createSecretKey } from 'node:crypto';
import { greatestHmacKeyBytes, OneShotHmac } from './one-shot-hmac.ts';

/** More than anything in a handshake has. */
const greatestMessageBytes = 256;
const oneShot = new OneShotHmac(greatestMessageBytes);

/** HMAC-SHA-256 of the parts in order (RFC 2104), 32 bytes. */
export function hmacSha256(key: Buffer, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (key.length > greatestHmacKeyBytes || length > greatestMessageBytes) return plainHmac(key, parts);
  let at = 0;
  for (const part of parts) {
    oneShot.message.set(part, at);
    at += part.length;
  }
  const digest = oneShot.secretDigest(key, length);
  // A part may be a secret: nothing of it stays here.
  oneShot.message.fill(0, 0, length);
  return digest;
}

function plainHmac(key: Buffer, parts: readonly Uint8Array[]): Buffer {
  // A KeyObject, because node:crypto takes several times as long over a raw key.
  const hmac = createHmac('sha256', createSecretKey(key));
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

/** HKDF-Extract with SHA-256 (RFC 5869, section 2.2), 32 bytes. */
export function hkdfExtract(salt: Buffer, inputKeyMaterial: Uint8Array): Buffer {
  return hmacSha256(salt, inputKeyMaterial);
}

/**
 * HKDF-Expand with SHA-256 (RFC 5869, section 2.3). `length` is at most 255 * 32 bytes.
 * node:crypto has the two halves of HKDF only as one call, and both Noise and the records need them apart.
 */
export function hkdfExpand(pseudorandomKey: Buffer, info: Uint8Array, length: number): Buffer {
  if (length > 255 * 32) throw new RangeError('HKDF-Expand gives at most 8160 bytes');
  const output = Buffer.alloc(Math.ceil(length / 32) * 32);
  let previous: Buffer = Buffer.alloc(0);
  for (let block = 1; (block - 1) * 32 < length; block += 1) {
    const next = hmacSha256(pseudorandomKey, previous, info, Uint8Array.of(block));
    previous.fill(0);
    previous = next;
    previous.copy(output, (block - 1) * 32);
  }
  previous.fill(0);
  return output.subarray(0, length);
}

/**
 * Noise's HKDF (revision 34, section 4.3): RFC 5869 with `chainingKey` as salt and no info, cut into 32-byte outputs.
 */
export function noiseHkdf(chainingKey: Buffer, inputKeyMaterial: Uint8Array, outputs: 2 | 3): Buffer[] {
  const temporaryKey = hkdfExtract(chainingKey, inputKeyMaterial);
  const all = hkdfExpand(temporaryKey, Buffer.alloc(0), outputs * 32);
  temporaryKey.fill(0);
  return Array.from({ length: outputs }, (_, index) => all.subarray(index * 32, (index + 1) * 32));
}
