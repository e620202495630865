import { createCipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import * as aead from './aead.ts';
import { hkdfExpand } from './hkdf.ts';

/** Records: docs/protocol-v1.md, section 5. */

/** A method whose request and response are records; its name is part of what the tag covers. */
export type RecordMethod = 'SensorUpload' | 'TimeSync';

/** Bytes of one direction's keys: MAC_KEY, ENC_KEY and IV_KEY, 16 each. */
export const recordKeyBytes = 48;
export const greatestCounter = 2 ** 32 - 1;

export interface RecordKeys extends aead.A128CbcHs256Keys {
  /** Makes the IVs; never used for anything else. */
  readonly iv: KeyObject;
}

/** Where a record stands: none of it is secret, all of it is under the tag. */
export interface RecordPlace {
  readonly method: RecordMethod;
  /** Unsigned, 64 bits. */
  readonly sessionId: bigint;
  /** 1 to 2^32 - 1. */
  readonly counter: number;
}

/** What opening a record came to. */
export type OpenedRecord = { readonly plaintext: Buffer } | { readonly refused: 'tag' | 'replay' | 'padding' };

const label = Buffer.from('sealpost.v1 record keys', 'ascii');

/** One direction's 48 bytes of record keys from its Noise split key: HKDF-Expand (RFC 5869, section 2.3). */
export function deriveRecordKeys(splitKey: Buffer): Buffer {
  return hkdfExpand(splitKey, label, recordKeyBytes);
}

/** KeyObjects over the 48 bytes: a call with a raw key costs node:crypto five times as much. */
export function importRecordKeys(bytes: Buffer): RecordKeys {
  return {
    mac: createSecretKey(bytes.subarray(0, 16)),
    encryption: createSecretKey(bytes.subarray(16, 32)),
    iv: createSecretKey(bytes.subarray(32, 48)),
  };
}

/**
 * The IV of a counter: the counter's block encrypted under a key of its own (NIST SP 800-38A, appendix C, first
 * method), so it is unpredictable, needs no random numbers, and is never sent.
 */
function ivOf(keys: RecordKeys, counter: number): Buffer {
  const block = Buffer.alloc(16);
  block.writeUInt32BE(counter, 12);
  return createCipheriv('aes-128-ecb', keys.iv, null).setAutoPadding(false).update(block);
}

function associatedDataOf({ method, sessionId, counter }: RecordPlace): Buffer {
  const data = Buffer.alloc(method.length + 17);
  data.write(method, 'ascii');
  data.writeBigUInt64BE(sessionId, method.length + 1);
  data.writeUInt32BE(counter, method.length + 13);
  return data;
}

/** SealedRecord.sealed for a plaintext. A place must never be sealed twice with one key. */
export function sealRecord(keys: RecordKeys, place: RecordPlace, plaintext: Uint8Array): Buffer {
  return aead.seal(keys, ivOf(keys, place.counter), associatedDataOf(place), plaintext);
}

/**
 * Opens a record in the order that the protocol demands: the tag first; then `accept`, which checks and marks the
 * replay window; only then the decryption.
 */
export function openRecord(
  keys: RecordKeys,
  place: RecordPlace,
  sealed: Buffer,
  accept: () => boolean = () => true,
): OpenedRecord {
  const iv = ivOf(keys, place.counter);
  if (!aead.verify(keys, iv, associatedDataOf(place), sealed)) return { refused: 'tag' };
  if (!accept()) return { refused: 'replay' };
  const plaintext = aead.decrypt(keys, iv, sealed);
  return plaintext ? { plaintext } : { refused: 'padding' };
}
