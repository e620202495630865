import { createRequire } from 'node:module';

/** What these tests call of rweather's noise-c, an implementation that shares nothing with ours. */
export interface NoiseC {
  readonly constants: { readonly NOISE_ROLE_INITIATOR: number; readonly NOISE_ROLE_RESPONDER: number };
  readonly HandshakeState: new (protocolName: string, role: number) => NoiseCHandshake;
}

export interface NoiseCHandshake {
  Initialize(prologue: Uint8Array, s: null, rs: null, psk: Uint8Array): void;
  WriteMessage(payload: Uint8Array): Uint8Array;
  ReadMessage(message: Uint8Array, payloadNeeded: true): Uint8Array;
  GetHandshakeHash(): Uint8Array;
  /** Sending, then receiving. */
  Split(): [NoiseCCipher, NoiseCCipher];
}

interface NoiseCCipher {
  EncryptWithAd(ad: Uint8Array, plaintext: Uint8Array): Uint8Array;
  DecryptWithAd(ad: Uint8Array, ciphertext: Uint8Array): Uint8Array;
}

export function loadNoiseC(): Promise<NoiseC> {
  const create = createRequire(import.meta.url)('@richardhopton/noise-c.wasm');
  return new Promise((resolve) => create(resolve));
}
