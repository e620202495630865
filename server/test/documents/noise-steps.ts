import { createCipheriv, createHash, createHmac } from 'node:crypto';

/**
 * The handshake by the letter of docs/protocol-v1.md, section 4, with nothing of server/src: hashes, HMAC and AES-GCM
 * only. X25519 is the caller's.
 */
export interface HandshakeInputs {
  readonly deviceId: string;
  readonly deviceKey: Buffer;
  readonly devicePublicKey: Buffer;
  readonly serverPublicKey: Buffer;
  readonly sharedSecret: Buffer;
  readonly hello: Uint8Array;
  readonly welcome: Uint8Array;
}

/** Every value that section 11 shows of the handshake, by its label there, in the order in which they come about. */
export function handshakeSteps(inputs: HandshakeInputs): ReadonlyMap<string, Buffer> {
  const shown = new Map<string, Buffer>();
  let h: Buffer = Buffer.from('Noise_NNpsk0_25519_AESGCM_SHA256', 'ascii');
  let ck: Buffer = Buffer.from(h);
  let k: Buffer = Buffer.alloc(0);
  const show = (step: number, values: Record<string, Buffer>) => {
    for (const [name, value] of Object.entries(values)) shown.set(`${name} after step ${step}`, value);
  };
  const mixHash = (data: Uint8Array) => {
    h = createHash('sha256').update(h).update(data).digest();
  };
  const mixKey = (input: Uint8Array) => {
    [ck, k] = hkdf(ck, input, 2) as [Buffer, Buffer];
  };
  const encryptAndHash = (plaintext: Uint8Array) => {
    const sealed = aesGcm(k, h, plaintext);
    mixHash(sealed);
    return sealed;
  };

  show(1, { h });
  const prologue = Buffer.concat([Buffer.from('sealpost.v1', 'ascii'), Buffer.of(0), Buffer.from(inputs.deviceId)]);
  shown.set('prologue', prologue);
  mixHash(prologue);
  show(2, { h });
  const [newCk, toHash, newK] = hkdf(ck, inputs.deviceKey, 3) as [Buffer, Buffer, Buffer];
  mixHash(toHash);
  [ck, k] = [newCk, newK];
  show(3, { ck, h });
  mixHash(inputs.devicePublicKey);
  show(4, { h });
  mixKey(inputs.devicePublicKey);
  show(5, { ck, k });
  shown.set('message 1', Buffer.concat([inputs.devicePublicKey, encryptAndHash(inputs.hello)]));
  show(6, { h });
  mixHash(inputs.serverPublicKey);
  show(7, { h });
  mixKey(inputs.serverPublicKey);
  show(8, { ck });
  mixKey(inputs.sharedSecret);
  show(9, { ck, k });
  shown.set('message 2', Buffer.concat([inputs.serverPublicKey, encryptAndHash(inputs.welcome)]));
  shown.set('handshake hash, h after step 10', h);
  const [toServer, toDevice] = hkdf(ck, Buffer.alloc(0), 2) as [Buffer, Buffer];
  shown.set('split key, device to server', toServer);
  shown.set('split key, server to device', toDevice);
  return shown;
}

function hkdf(chainingKey: Buffer, input: Uint8Array, outputs: number): Buffer[] {
  const temporary = hmac(chainingKey, input);
  const blocks: Buffer[] = [];
  for (let index = 1; index <= outputs; index += 1) {
    blocks.push(hmac(temporary, blocks.at(-1) ?? Buffer.alloc(0), Buffer.of(index)));
  }
  return blocks;
}

function hmac(key: Buffer, ...parts: readonly Uint8Array[]): Buffer {
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

function aesGcm(key: Buffer, associatedData: Buffer, plaintext: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, Buffer.alloc(12), { authTagLength: 16 });
  cipher.setAAD(associatedData);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}
