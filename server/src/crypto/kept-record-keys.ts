import { createCipheriv, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { leastSealedBytes } from './aead.ts';
import { KeptCbc } from './kept-cbc.ts';
import { OneShotHmac } from './one-shot-hmac.ts';
import { type OpenedRecord, type RecordMethod, type RecordPlace, recordKeyBytes } from './record.ts';

const blockBytes = 16;
const tagBytes = 16;
/** Counters whose IVs are made at once: a call of OpenSSL costs more than 16 blocks. */
const ivsAtOnce = 16;
/** More than any body holds. */
const greatestSealedBytes = 64 * 1024;
const greatestAssociatedBytes = 64;

/** The method's name and the zero byte after it. */
const prefixes: Readonly<Record<RecordMethod, Buffer>> = {
  SensorUpload: Buffer.from('SensorUpload\0', 'ascii'),
  TimeSync: Buffer.from('TimeSync\0', 'ascii'),
};

// One for all: sealing and opening never wait half-way.
const hmac = new OneShotHmac(greatestAssociatedBytes + blockBytes + greatestSealedBytes + 8);
const digest = Buffer.alloc(32);
const expectedTag = digest.subarray(0, tagBytes);

/**
 * One direction's record keys for a session in use: the same as sealRecord and openRecord in record.ts, which are the
 * plain form, at a third of the cost. Used either for sealing or for opening.
 */
export class KeptRecordKeys {
  readonly #mac: Buffer;
  /** Undefined once the keys are wiped. */
  #objects: { readonly cbc: KeptCbc; readonly ivKey: KeyObject } | undefined;
  #ivs: Buffer | undefined;
  /** The counter of the first of them. */
  #firstIv = -1;

  /** `bytes`: MAC_KEY, ENC_KEY and IV_KEY, 16 each. MAC_KEY is used where it stands: there is no copy to wipe. */
  constructor(bytes: Buffer) {
    if (bytes.length !== recordKeyBytes) throw new RangeError(`record keys have ${recordKeyBytes} bytes`);
    this.#mac = bytes.subarray(0, 16);
    this.#objects = {
      cbc: new KeptCbc(createSecretKey(bytes.subarray(16, 32))),
      ivKey: createSecretKey(bytes.subarray(32, 48)),
    };
  }

  /** Overwrites MAC_KEY and the IVs; OpenSSL overwrites the other two when their objects are collected. */
  wipe(): void {
    this.#mac.fill(0);
    this.#ivs?.fill(0);
    this.#ivs = undefined;
    this.#objects = undefined;
  }

  /** SealedRecord.sealed for a plaintext. A place must never be sealed twice. Throws once the keys are wiped. */
  seal(place: RecordPlace, plaintext: Uint8Array): Buffer {
    if (this.#objects === undefined) throw new Error('these record keys are wiped');
    const { cbc, ivKey } = this.#objects;
    const iv = this.#iv(ivKey, place.counter);
    const ciphertext = cbc.encrypt(iv, plaintext);
    this.#digest(place, iv, ciphertext);
    const sealed = Buffer.allocUnsafe(ciphertext.length + tagBytes);
    sealed.set(ciphertext);
    sealed.set(expectedTag, ciphertext.length);
    return sealed;
  }

  /** Opens a record in the order of openRecord: the tag, then `accept`, only then the decryption. */
  open(place: RecordPlace, sealed: Buffer, accept: () => boolean): OpenedRecord {
    const { length } = sealed;
    if (length < leastSealedBytes || length % blockBytes !== 0 || length > greatestSealedBytes)
      return { refused: 'tag' };
    if (this.#objects === undefined) return { refused: 'tag' };
    const { cbc, ivKey } = this.#objects;
    const iv = this.#iv(ivKey, place.counter);
    const ciphertext = sealed.subarray(0, length - tagBytes);
    this.#digest(place, iv, ciphertext);
    if (!timingSafeEqual(expectedTag, sealed.subarray(length - tagBytes))) return { refused: 'tag' };
    if (!accept()) return { refused: 'replay' };
    const plaintext = cbc.decrypt(iv, ciphertext);
    return plaintext ? { plaintext } : { refused: 'padding' };
  }

  /** The counter's IV (NIST SP 800-38A, appendix C): good until the next call. */
  #iv(key: KeyObject, counter: number): Buffer {
    const index = counter % ivsAtOnce;
    if (this.#ivs === undefined || counter - index !== this.#firstIv) {
      const blocks = Buffer.alloc(ivsAtOnce * blockBytes);
      this.#firstIv = counter - index;
      for (let block = 0; block < ivsAtOnce; block += 1) {
        blocks.writeUInt32BE(this.#firstIv + block, block * blockBytes + 12);
      }
      this.#ivs = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false).update(blocks);
    }
    return this.#ivs.subarray(index * blockBytes, (index + 1) * blockBytes);
  }

  /** Leaves the tag in `expectedTag` (RFC 7518, section 5.2.2.1; docs/protocol-v1.md, section 5.2). */
  #digest({ method, sessionId, counter }: RecordPlace, iv: Buffer, ciphertext: Buffer): void {
    const { message } = hmac;
    const prefix = prefixes[method];
    message.set(prefix);
    let at = message.writeBigUInt64BE(sessionId, prefix.length);
    at = message.writeUInt32BE(counter, message.writeUInt32BE(0, at));
    const associatedBits = at * 8;
    message.set(iv, at);
    at += blockBytes;
    message.set(ciphertext, at);
    at += ciphertext.length;
    at = message.writeUInt32BE(associatedBits, message.writeUInt32BE(0, at));
    hmac.digest(this.#mac, at, digest);
  }
}
