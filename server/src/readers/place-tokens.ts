import { timingSafeEqual } from 'node:crypto';
import { hmacSha256 } from '../crypto/hkdf.ts';

const tagBytes = 16;
const greatestCharacters = 256;

/**
 * Places in an answer, which whoever asked hands back to go on from there: page tokens and cursors. Each is bound to its
 * question by an HMAC under a key of the store's, so that what was not given out for the question is refused, and what
 * was holds on every server of the store.
 */
export class PlaceTokens {
  readonly #key: Buffer;

  constructor(key: Buffer) {
    this.#key = key;
  }

  /** The token of a place, base64url. `question` is the text of all that the answer depends on. */
  write(question: string, place: Buffer): string {
    return Buffer.concat([place, this.#tag(question, place)]).toString('base64url');
  }

  /** The place, or undefined when this token was not written for this question. */
  read(question: string, token: string): Buffer | undefined {
    if (token.length > greatestCharacters) return undefined;
    const bytes = Buffer.from(token, 'base64url');
    if (bytes.length < tagBytes) return undefined;
    const place = bytes.subarray(0, -tagBytes);
    return timingSafeEqual(bytes.subarray(-tagBytes), this.#tag(question, place)) ? place : undefined;
  }

  #tag(question: string, place: Buffer): Buffer {
    return hmacSha256(this.#key, Buffer.from(`${question}\0`), place).subarray(0, tagBytes);
  }
}
