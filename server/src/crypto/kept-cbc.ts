import { type Cipheriv, createCipheriv, createDecipheriv, type Decipheriv, type KeyObject } from 'node:crypto';

const blockBytes = 16;
const noIv = Buffer.alloc(blockBytes);

/**
 * AES-128-CBC with PKCS#7 padding for many messages under one key (NIST SP 800-38A, section 6.2), with one OpenSSL object
 * each way: making one for each message costs as much as using it. CBC XORs each block with the ciphertext block before
 * it, and the first with the IV. In an object that goes on from message to message, the place of the IV is taken by the
 * last message's last block; XORing that and the IV in by hand makes it cancel out.
 */
export class KeptCbc {
  readonly #key: KeyObject;
  #cipher: Cipheriv | undefined;
  #decipher: Decipheriv | undefined;
  /** The ciphertext block that the object has before the next one. */
  readonly #last = Buffer.alloc(blockBytes);

  /** Used one way only, for sealing or for opening. */
  constructor(key: KeyObject) {
    this.#key = key;
  }

  encrypt(iv: Uint8Array, plaintext: Uint8Array): Buffer {
    this.#cipher ??= createCipheriv('aes-128-cbc', this.#key, noIv).setAutoPadding(false);
    const padding = blockBytes - (plaintext.length % blockBytes);
    const padded = Buffer.allocUnsafe(plaintext.length + padding);
    padded.set(plaintext);
    padded.fill(padding, plaintext.length);
    this.#exchange(padded, iv);
    const ciphertext = this.#cipher.update(padded);
    this.#keepLast(ciphertext);
    return ciphertext;
  }

  /** `ciphertext` is whole blocks, one at least. Undefined when the padding is wrong. */
  decrypt(iv: Uint8Array, ciphertext: Buffer): Buffer | undefined {
    this.#decipher ??= createDecipheriv('aes-128-cbc', this.#key, noIv).setAutoPadding(false);
    const padded = this.#decipher.update(ciphertext);
    this.#exchange(padded, iv);
    this.#keepLast(ciphertext);
    return withoutPadding(padded);
  }

  /** Takes the last message's block out of the first one, and puts the IV in. */
  #exchange(blocks: Buffer, iv: Uint8Array): void {
    for (let index = 0; index < blockBytes; index += 1) {
      blocks[index] = (blocks[index] ?? 0) ^ (this.#last[index] ?? 0) ^ (iv[index] ?? 0);
    }
  }

  #keepLast(ciphertext: Buffer): void {
    ciphertext.copy(this.#last, 0, ciphertext.length - blockBytes);
  }
}

/** Not in constant time: only a holder of the keys gets here. */
function withoutPadding(padded: Buffer): Buffer | undefined {
  const padding = padded[padded.length - 1] ?? 0;
  if (padding < 1 || padding > blockBytes) return undefined;
  const end = padded.length - padding;
  for (let index = end; index < padded.length; index += 1) if (padded[index] !== padding) return undefined;
  return padded.subarray(0, end);
}
