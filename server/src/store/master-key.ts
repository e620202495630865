/**
 * The key that seals the devices' keys at rest (docs/protocol-v1.md, section 3), so that a copy of the database alone
 * impersonates nobody. AES-256-GCM, NIST SP 800-38D, with a random 96-bit nonce for each key sealed (section 8.2.2):
 * far from the 2^32 that section 8.3 allows under one master key.
 */
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { OperatorError } from '../errors.ts';

export type RandomBytes = (length: number) => Buffer;

const cipher = 'aes-256-gcm';
const keyLength = 32;
const nonceLength = 12;
const tagLength = 16;
const base64OfAKey = /^[A-Za-z0-9+/]{43}=$/;

/** The master key, held as a KeyObject: it can't be printed by accident. */
export class MasterKey {
  readonly #key: KeyObject;
  readonly #randomBytes: RandomBytes;

  /** Copies `key`, 32 bytes; the caller wipes its own. */
  constructor(key: Buffer, randomBytes: RandomBytes) {
    this.#key = createSecretKey(key);
    this.#randomBytes = randomBytes;
  }

  /** The nonce, the ciphertext, then the tag: 28 bytes longer than the plaintext. */
  seal(plaintext: Buffer, associatedData: Buffer): Buffer {
    const nonce = this.#randomBytes(nonceLength);
    const sealing = createCipheriv(cipher, this.#key, nonce, { authTagLength: tagLength });
    sealing.setAAD(associatedData);
    const ciphertext = [sealing.update(plaintext), sealing.final()];
    return Buffer.concat([nonce, ...ciphertext, sealing.getAuthTag()]);
  }

  /** A key of 32 bytes for another purpose: HKDF with SHA-256, RFC 5869, the purpose being the info of its section 2.3. */
  derive(purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#key, Buffer.alloc(0), `sealpost ${purpose}`, keyLength));
  }

  /** What was sealed, for the caller to wipe; null when it was not sealed with this key and associated data. */
  open(sealed: Uint8Array, associatedData: Buffer): Buffer | null {
    if (sealed.length < nonceLength + tagLength) return null;
    const nonce = sealed.subarray(0, nonceLength);
    const opening = createDecipheriv(cipher, this.#key, nonce, { authTagLength: tagLength });
    opening.setAAD(associatedData);
    opening.setAuthTag(sealed.subarray(sealed.length - tagLength));
    const plaintext = opening.update(sealed.subarray(nonceLength, sealed.length - tagLength));
    try {
      opening.final();
      return plaintext;
    } catch {
      plaintext.fill(0);
      return null;
    }
  }
}

/**
 * What binds a sealed key to its place: moved to another device or generation it does not open. The generation has
 * eight bytes and the device id is last, so no two places share an encoding.
 */
export function deviceKeyPlace(deviceId: string, generation: number): Buffer {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(generation));
  return Buffer.concat([Buffer.from('sealpost device key\0'), number, Buffer.from(deviceId)]);
}

/** Loads the master key from its file: base64 of 32 bytes. Null when there is no such file. */
export function loadMasterKey(path: string, randomBytes: RandomBytes): MasterKey | null {
  const text = readMasterKeyFile(path);
  if (text === null) return null;
  const trimmed = text.trim();
  if (!base64OfAKey.test(trimmed)) {
    throw new OperatorError(
      `${path} is not a master key: expected ${keyLength} bytes in base64, 44 characters. Restore it from a backup.`,
    );
  }
  return wiping(Buffer.from(trimmed, 'base64'), (key) => new MasterKey(key, randomBytes));
}

/** Makes a master key and its file, mode 0600; both are durable, or neither is there, when this returns or throws. */
export function createMasterKey(path: string, randomBytes: RandomBytes): MasterKey {
  // Renamed into place: a crash half-way leaves no file that looks like a key and is not.
  const unfinished = `${path}.new`;
  return wiping(randomBytes(keyLength), (key) => {
    try {
      rmSync(unfinished, { force: true });
      const file = openSync(unfinished, 'wx', 0o600);
      try {
        writeSync(file, `${key.toString('base64')}\n`);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(unfinished, path);
      syncDirectory(dirname(path));
    } catch (error) {
      throw new OperatorError(`can't write the master key to ${path}: ${messageOf(error)}`, { cause: error });
    }
    return new MasterKey(key, randomBytes);
  });
}

function readMasterKeyFile(path: string): string | null {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw new OperatorError(`can't read the master key ${path}: ${messageOf(error)}`, { cause: error });
  }
  try {
    const { mode, uid } = fstatSync(file);
    if (process.getuid !== undefined && uid !== 0 && uid !== process.getuid()) {
      throw new OperatorError(`the master key ${path} belongs to another user, who may know it: run chown on it`);
    }
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new OperatorError(`others on this machine can reach the master key ${path}: run chmod 600 ${path}`);
    }
    // One byte more than a key and its newline may need, so that what is too long shows.
    return wiping(Buffer.alloc(64), (buffer) => buffer.toString('latin1', 0, readSync(file, buffer)));
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw new OperatorError(`can't read the master key ${path}: ${messageOf(error)}`, { cause: error });
  } finally {
    closeSync(file);
  }
}

/** Makes the rename durable. Where directories can't be synced (Windows) the file system does it by itself. */
function syncDirectory(path: string): void {
  let directory: number | undefined;
  try {
    directory = openSync(path, 'r');
    fsyncSync(directory);
  } catch (error) {
    if (process.platform !== 'win32') throw error;
  } finally {
    if (directory !== undefined) closeSync(directory);
  }
}

function wiping<T>(secret: Buffer, use: (secret: Buffer) => T): T {
  try {
    return use(secret);
  } finally {
    secret.fill(0);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
