import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  aesGcm,
  chaChaPoly,
  generateEphemeral,
  importEphemeral,
  initiate,
  noiseDecrypt,
  noiseEncrypt,
  openMessage1,
} from '../../src/crypto/noise.ts';
import { hex } from '../hex.ts';
import { loadNoiseC, type NoiseC } from './noise-c.ts';

const psk = Buffer.alloc(32, 0x5a);
const prologue = Buffer.from('sealpost.v1\0greenhouse');
const parameters = { cipher: aesGcm, psk, prologue };

interface Vector {
  readonly protocol_name: string;
  readonly init_prologue: string;
  readonly init_psks: readonly [string];
  readonly init_ephemeral: string;
  readonly resp_ephemeral: string;
  readonly handshake_hash: string;
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[];
}

const vectorFile = new URL('../../../../shared/vectors/noise_nnpsk0.json', import.meta.url);
const vectors: Vector[] = existsSync(vectorFile) ? JSON.parse(readFileSync(vectorFile, 'utf8')).vectors : [];

describe('Noise NNpsk0', () => {
  if (vectors.length === 0) it.skip('gives the public vectors: they are not on this machine, so they did not run');

  it.each(vectors)('gives the public vectors of $protocol_name, byte for byte', (vector) => {
    const cipher = vector.protocol_name === aesGcm.protocolName ? aesGcm : chaChaPoly;
    expect(cipher.protocolName).toBe(vector.protocol_name);
    const common = { cipher, psk: hex(vector.init_psks[0]), prologue: hex(vector.init_prologue) };
    const [first, second, ...transport] = vector.messages.map(({ payload, ciphertext }) => ({
      payload: hex(payload),
      ciphertext: hex(ciphertext),
    }));

    const initiator = initiate(common, importEphemeral(hex(vector.init_ephemeral)), first!.payload);
    expect(initiator.message).toEqual(first!.ciphertext);
    const responder = openMessage1(common, initiator.message);
    expect(responder?.payload).toEqual(first!.payload);
    const answer = responder?.respond(importEphemeral(hex(vector.resp_ephemeral)), second!.payload);
    expect(answer?.message).toEqual(second!.ciphertext);
    const finished = initiator.finish(second!.ciphertext);
    expect(finished?.payload).toEqual(second!.payload);
    expect(finished?.keys).toEqual(answer?.keys);
    expect(finished?.keys.handshakeHash).toEqual(hex(vector.handshake_hash));

    for (const [index, { payload, ciphertext }] of transport.entries()) {
      const key = index % 2 === 0 ? finished!.keys.initiatorToResponder : finished!.keys.responderToInitiator;
      const nonce = index >> 1;
      expect(noiseEncrypt(cipher, key, nonce, Buffer.alloc(0), payload)).toEqual(ciphertext);
      expect(noiseDecrypt(cipher, key, nonce, Buffer.alloc(0), ciphertext)).toEqual(payload);
    }
  });

  it('refuses every flipped bit and every truncation of message 1', () => {
    const { message } = initiate(parameters, generateEphemeral(), Buffer.from('hello'));
    for (let bit = 0; bit < message.length * 8; bit += 1) {
      const forged = Buffer.from(message);
      forged.writeUInt8(forged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(openMessage1(parameters, forged), `bit ${bit}`).toBeUndefined();
    }
    for (let length = 0; length < message.length; length += 1) {
      expect(openMessage1(parameters, message.subarray(0, length)), `${length} bytes`).toBeUndefined();
    }
  });

  it('refuses every flipped bit and every truncation of message 2', () => {
    const forge = (change: (answer: Buffer) => Buffer) => {
      const initiator = initiate(parameters, importEphemeral(Buffer.alloc(32, 3)), Buffer.from('hello'));
      const answer = openMessage1(parameters, initiator.message)!.respond(
        importEphemeral(Buffer.alloc(32, 4)),
        Buffer.from('welcome'),
      )!;
      return initiator.finish(change(answer.message));
    };
    expect(forge((answer) => answer)?.payload.toString()).toBe('welcome');
    const length = 32 + 7 + 16;
    for (let bit = 0; bit < length * 8; bit += 1) {
      const forged = forge((answer) => {
        answer.writeUInt8(answer.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        return answer;
      });
      // X25519 ignores the highest bit of a public key (RFC 7748, section 5), but the transcript's hash does not.
      expect(forged, `bit ${bit}`).toBeUndefined();
    }
    for (let cut = 0; cut < length; cut += 1) {
      expect(
        forge((answer) => answer.subarray(0, cut)),
        `${cut} bytes`,
      ).toBeUndefined();
    }
  });

  it('refuses another key, another device and another protocol', () => {
    const { message } = initiate(parameters, generateEphemeral(), Buffer.from('hello'));
    expect(openMessage1({ ...parameters, psk: Buffer.alloc(32, 0x5b) }, message)).toBeUndefined();
    expect(openMessage1({ ...parameters, prologue: Buffer.from('sealpost.v1\0cellar') }, message)).toBeUndefined();
    expect(openMessage1({ ...parameters, cipher: chaChaPoly }, message)).toBeUndefined();
  });

  it('gives no answer to a public key of small order', () => {
    const smallOrder = { ...generateEphemeral(), publicKey: Buffer.alloc(32) };
    const opened = openMessage1(parameters, initiate(parameters, smallOrder, Buffer.from('hello')).message);
    expect(opened?.payload.toString()).toBe('hello');
    expect(opened?.respond(generateEphemeral(), Buffer.from('welcome'))).toBeUndefined();
  });
});

describe('Noise NNpsk0 against noise-c', () => {
  let noiseC: NoiseC;
  beforeAll(async () => {
    noiseC = await loadNoiseC();
  });
  const withChaCha = { ...parameters, cipher: chaChaPoly };
  const empty = Buffer.alloc(0);
  const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();

  const start = (role: number) => {
    const state = new noiseC.HandshakeState(chaChaPoly.protocolName, role);
    state.Initialize(prologue, null, null, psk);
    return state;
  };

  it('as initiator, shakes hands with its responder', () => {
    const theirs = start(noiseC.constants.NOISE_ROLE_RESPONDER);
    const ours = initiate(withChaCha, generateEphemeral(), Buffer.from('hello'));
    expect(text(theirs.ReadMessage(ours.message, true))).toBe('hello');
    const finished = ours.finish(Buffer.from(theirs.WriteMessage(Buffer.from('welcome'))));
    expect(text(finished?.payload)).toBe('welcome');
    expect(finished?.keys.handshakeHash).toEqual(Buffer.from(theirs.GetHandshakeHash()));
    const [send, receive] = theirs.Split();
    expect(
      text(
        noiseDecrypt(
          chaChaPoly,
          finished!.keys.responderToInitiator,
          0,
          empty,
          Buffer.from(send.EncryptWithAd(empty, Buffer.from('down'))),
        ),
      ),
    ).toBe('down');
    expect(
      text(
        receive.DecryptWithAd(
          empty,
          noiseEncrypt(chaChaPoly, finished!.keys.initiatorToResponder, 0, empty, Buffer.from('up')),
        ),
      ),
    ).toBe('up');
  });

  it('as responder, shakes hands with its initiator', () => {
    const theirs = start(noiseC.constants.NOISE_ROLE_INITIATOR);
    const opened = openMessage1(withChaCha, Buffer.from(theirs.WriteMessage(Buffer.from('hello'))));
    expect(text(opened?.payload)).toBe('hello');
    const answer = opened!.respond(generateEphemeral(), Buffer.from('welcome'))!;
    expect(text(theirs.ReadMessage(answer.message, true))).toBe('welcome');
    expect(answer.keys.handshakeHash).toEqual(Buffer.from(theirs.GetHandshakeHash()));
    const [send, receive] = theirs.Split();
    expect(
      text(
        noiseDecrypt(
          chaChaPoly,
          answer.keys.initiatorToResponder,
          0,
          empty,
          Buffer.from(send.EncryptWithAd(empty, Buffer.from('up'))),
        ),
      ),
    ).toBe('up');
    expect(
      text(
        receive.DecryptWithAd(
          empty,
          noiseEncrypt(chaChaPoly, answer.keys.responderToInitiator, 0, empty, Buffer.from('down')),
        ),
      ),
    ).toBe('down');
  });
});
