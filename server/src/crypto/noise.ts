/**
 * Noise_NNpsk0_25519_<AEAD>_SHA256, Noise specification revision 34. "Section" in this file is a section of it.
 *
 *   -> psk, e
 *   <- e, ee
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { noiseHkdf } from './hkdf.ts';

export const keyBytes = 32;
const tagBytes = 16;
/** A message with an empty payload: the public key and the tag. */
export const leastMessageBytes = keyBytes + tagBytes;

/** One of the AEADs that Noise defines (section 12), by node:crypto's name. */
export interface NoiseCipher {
  readonly protocolName: string;
  readonly algorithm: 'aes-256-gcm' | 'chacha20-poly1305';
  /** Whether the nonce's counter is big-endian. */
  readonly bigEndianNonce: boolean;
}

/** Section 12.4: the one that sealpost uses. */
export const aesGcm: NoiseCipher = {
  protocolName: 'Noise_NNpsk0_25519_AESGCM_SHA256',
  algorithm: 'aes-256-gcm',
  bigEndianNonce: true,
};

/** Section 12.3: for the tests against other implementations, which know only this one. */
export const chaChaPoly: NoiseCipher = {
  protocolName: 'Noise_NNpsk0_25519_ChaChaPoly_SHA256',
  algorithm: 'chacha20-poly1305',
  bigEndianNonce: false,
};

/** An X25519 key pair, used for one handshake. */
export interface EphemeralKeyPair {
  readonly privateKey: KeyObject;
  /** 32 bytes. */
  readonly publicKey: Buffer;
}

export function generateEphemeral(): EphemeralKeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  return { privateKey, publicKey: rawPublicKey(publicKey) };
}

// RFC 8410, sections 7 and 10.3: what stands before the 32 raw bytes of an X25519 private key in PKCS #8.
const pkcs8Prefix = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** The key pair of 32 given private bytes, clamped as RFC 7748, section 5 has it. For vectors and recorded exchanges. */
export function importEphemeral(privateBytes: Buffer): EphemeralKeyPair {
  const der = Buffer.concat([pkcs8Prefix, privateBytes]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  return { privateKey, publicKey: rawPublicKey(createPublicKey(privateKey)) };
}

function rawPublicKey(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');
}

/**
 * X25519 (RFC 7748, section 5). Undefined when the result is all zero, the check of section 6.1, which OpenSSL makes.
 */
export function x25519(privateKey: KeyObject, publicBytes: Buffer): Buffer | undefined {
  const key = { kty: 'OKP', crv: 'X25519', x: publicBytes.toString('base64url') };
  try {
    return diffieHellman({ privateKey, publicKey: createPublicKey({ format: 'jwk', key }) });
  } catch {
    return undefined;
  }
}

/**
 * One message's encryption under Noise's nonce `counter` (section 12), exported for the vectors' transport messages. By a
 * KeyObject, because node:crypto takes several times as long over a raw key.
 */
export function noiseEncrypt(
  cipher: NoiseCipher,
  key: Buffer,
  counter: number,
  ad: Buffer,
  plaintext: Uint8Array,
): Buffer {
  const encryption = createCipheriv(cipher.algorithm as 'aes-256-gcm', createSecretKey(key), nonceOf(cipher, counter), {
    authTagLength: tagBytes,
  });
  encryption.setAAD(ad);
  const ciphertext = Buffer.concat([encryption.update(plaintext), encryption.final()]);
  return Buffer.concat([ciphertext, encryption.getAuthTag()]);
}

/** The reverse; undefined when the tag is wrong. */
export function noiseDecrypt(
  cipher: NoiseCipher,
  key: Buffer,
  counter: number,
  ad: Buffer,
  sealed: Buffer,
): Buffer | undefined {
  if (sealed.length < tagBytes) return undefined;
  const decryption = createDecipheriv(
    cipher.algorithm as 'aes-256-gcm',
    createSecretKey(key),
    nonceOf(cipher, counter),
    {
      authTagLength: tagBytes,
    },
  );
  decryption.setAAD(ad);
  decryption.setAuthTag(sealed.subarray(-tagBytes));
  const plaintext = decryption.update(sealed.subarray(0, -tagBytes));
  try {
    decryption.final();
    return plaintext;
  } catch {
    return undefined;
  }
}

function nonceOf(cipher: NoiseCipher, counter: number): Buffer {
  const nonce = Buffer.alloc(12);
  if (cipher.bigEndianNonce) nonce.writeUInt32BE(counter, 8);
  else nonce.writeUInt32LE(counter, 4);
  return nonce;
}

/** The two keys of Split() (section 5.2): wipe each as soon as the record keys are derived from it. */
export interface SplitKeys {
  readonly initiatorToResponder: Buffer;
  readonly responderToInitiator: Buffer;
  /** Section 11.2. */
  readonly handshakeHash: Buffer;
}

/** Section 5.2, with the cipher state inside: in this pattern every key encrypts one message, so its nonce is 0. */
class SymmetricState {
  readonly #cipher: NoiseCipher;
  #chainingKey: Buffer;
  #hash: Buffer;
  #key: Buffer = Buffer.alloc(keyBytes);

  constructor(cipher: NoiseCipher) {
    const name = Buffer.from(cipher.protocolName, 'ascii');
    this.#cipher = cipher;
    this.#hash = name.length > 32 ? sha256(name) : Buffer.concat([name, Buffer.alloc(32 - name.length)]);
    this.#chainingKey = Buffer.from(this.#hash);
  }

  mixHash(data: Uint8Array): void {
    this.#hash = sha256(this.#hash, data);
  }

  mixKey(input: Uint8Array): void {
    const [chainingKey, key] = noiseHkdf(this.#chainingKey, input, 2);
    this.#replace(chainingKey, key);
  }

  mixKeyAndHash(input: Uint8Array): void {
    const [chainingKey, hashInput, key] = noiseHkdf(this.#chainingKey, input, 3);
    if (hashInput) this.mixHash(hashInput);
    this.#replace(chainingKey, key);
  }

  encryptAndHash(plaintext: Uint8Array): Buffer {
    const sealed = noiseEncrypt(this.#cipher, this.#key, 0, this.#hash, plaintext);
    this.mixHash(sealed);
    return sealed;
  }

  decryptAndHash(sealed: Buffer): Buffer | undefined {
    const plaintext = noiseDecrypt(this.#cipher, this.#key, 0, this.#hash, sealed);
    if (plaintext) this.mixHash(sealed);
    return plaintext;
  }

  split(): SplitKeys {
    const [first, second] = noiseHkdf(this.#chainingKey, Buffer.alloc(0), 2) as [Buffer, Buffer];
    return { initiatorToResponder: first, responderToInitiator: second, handshakeHash: this.#hash };
  }

  wipe(): void {
    this.#chainingKey.fill(0);
    this.#key.fill(0);
  }

  #replace(chainingKey: Buffer | undefined, key: Buffer | undefined): void {
    this.wipe();
    if (chainingKey) this.#chainingKey = chainingKey;
    if (key) this.#key = key;
  }
}

function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

export interface HandshakeParameters {
  readonly cipher: NoiseCipher;
  /** The pre-shared key, 32 bytes. */
  readonly psk: Buffer;
  readonly prologue: Buffer;
}

/** What both sides do first: Initialize (section 5.3), the psk token (section 9.2), and e of message 1. */
function begin({ cipher, psk, prologue }: HandshakeParameters, initiatorPublicKey: Buffer): SymmetricState {
  const state = new SymmetricState(cipher);
  state.mixHash(prologue);
  state.mixKeyAndHash(psk);
  mixEphemeral(state, initiatorPublicKey);
  return state;
}

/** The e token in a handshake with a psk: MixHash, then MixKey (section 9.2). */
function mixEphemeral(state: SymmetricState, publicKey: Buffer): void {
  state.mixHash(publicKey);
  state.mixKey(publicKey);
}

/** The ee token; false when X25519 refuses the other side's key. */
function mixSharedSecret(state: SymmetricState, privateKey: KeyObject, publicKey: Buffer): boolean {
  const shared = x25519(privateKey, publicKey);
  if (!shared) return false;
  state.mixKey(shared);
  shared.fill(0);
  return true;
}

/** The initiator between the two messages. */
export interface PendingInitiator {
  readonly message: Buffer;
  /** Reads message 2; undefined when it is not from the holder of the psk. Call it once. */
  finish(message: Buffer): { readonly payload: Buffer; readonly keys: SplitKeys } | undefined;
}

/** The initiator writes message 1 with `payload`. */
export function initiate(
  parameters: HandshakeParameters,
  ephemeral: EphemeralKeyPair,
  payload: Uint8Array,
): PendingInitiator {
  const state = begin(parameters, ephemeral.publicKey);
  const message = Buffer.concat([ephemeral.publicKey, state.encryptAndHash(payload)]);
  return {
    message,
    finish(answer) {
      try {
        if (answer.length < leastMessageBytes) return undefined;
        const publicKey = answer.subarray(0, keyBytes);
        mixEphemeral(state, publicKey);
        if (!mixSharedSecret(state, ephemeral.privateKey, publicKey)) return undefined;
        const opened = state.decryptAndHash(answer.subarray(keyBytes));
        return opened && { payload: opened, keys: state.split() };
      } finally {
        state.wipe();
      }
    },
  };
}

/** The responder between the two messages. */
export interface PendingResponder {
  readonly payload: Buffer;
  /** Does the Diffie-Hellman and writes message 2; undefined when X25519 refuses the initiator's key. Call it once. */
  respond(
    ephemeral: EphemeralKeyPair,
    payload: Uint8Array,
  ): { readonly message: Buffer; readonly keys: SplitKeys } | undefined;
}

/** The responder opens message 1, without any X25519 yet; undefined when it is not from the holder of the psk. */
export function openMessage1(parameters: HandshakeParameters, message: Buffer): PendingResponder | undefined {
  if (message.length < leastMessageBytes) return undefined;
  const initiatorPublicKey = Buffer.from(message.subarray(0, keyBytes));
  const state = begin(parameters, initiatorPublicKey);
  const opened = state.decryptAndHash(message.subarray(keyBytes));
  if (!opened) {
    state.wipe();
    return undefined;
  }
  return {
    payload: opened,
    respond(ephemeral, payload) {
      try {
        mixEphemeral(state, ephemeral.publicKey);
        if (!mixSharedSecret(state, ephemeral.privateKey, initiatorPublicKey)) return undefined;
        const answer = Buffer.concat([ephemeral.publicKey, state.encryptAndHash(payload)]);
        return { message: answer, keys: state.split() };
      } finally {
        state.wipe();
      }
    },
  };
}
