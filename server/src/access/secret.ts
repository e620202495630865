import { createHash } from 'node:crypto';

const tokenPattern = /^sealpost_[A-Za-z0-9_-]{43}$/;
const loginPattern = /^[A-Za-z0-9_-]{43}$/;

type RandomBytes = (size: number) => Buffer;

/** A new token: 256 random bits in base64url. The prefix lets people, and programs that look for secrets, know it. */
export function newToken(randomBytes: RandomBytes): string {
  return `sealpost_${newLoginSecret(randomBytes)}`;
}

/** What a browser keeps in its cookie in place of the token: 256 random bits in base64url. */
export function newLoginSecret(randomBytes: RandomBytes): string {
  return randomBytes(32).toString('base64url');
}

/**
 * What the store keeps and looks up: SHA-256. Equal hashes are found in an index and no secret is ever compared, so
 * there is no comparison to time: whoever learns how far a guess's hash agrees with a stored one learns of neither secret.
 */
export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret, 'latin1').digest();
}

export function isToken(text: string): boolean {
  return tokenPattern.test(text);
}

export function isLoginSecret(text: string): boolean {
  return loginPattern.test(text);
}
