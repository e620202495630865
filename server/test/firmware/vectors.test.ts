import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { aesGcm, importEphemeral, initiate, noiseDecrypt, openMessage1, x25519 } from '../../src/crypto/noise.ts';
import { prologueOf } from '../../src/crypto/prologue.ts';
import {
  deriveRecordKeys,
  greatestCounter,
  importRecordKeys,
  openRecord,
  type RecordMethod,
  sealRecord,
} from '../../src/crypto/record.ts';
import { hex } from '../hex.ts';
import { flipped } from '../vectors/inputs.ts';
import { Peer } from './peer.ts';

// The firmware's cryptography against the server's, both ways, in the words of protocol-peer.cpp. gen/vectors holds both
// to fixed bytes; here the bytes are random.
const peer = new Peer('protocol-peer');
afterAll(() => peer.close());

const shown = (bytes: Uint8Array) => `x${Buffer.from(bytes).toString('hex')}`;
/** Asks, and reads the bytes in the answer; undefined when it is a refusal. */
const ask = async (...words: readonly (string | number | bigint | Uint8Array)[]) => {
  const answer = await peer.ask(words.map((word) => (word instanceof Uint8Array ? shown(word) : `${word}`)).join(' '));
  return { answer, bytes: [...answer.matchAll(/\bx([0-9a-f]*)/g)].map(([, digits = '']) => hex(digits)) };
};

const bytes = (minLength: number, maxLength: number) =>
  fc.uint8Array({ minLength, maxLength, size: 'max' }).map((array) => Buffer.from(array));
const key = bytes(32, 32);
const handshakes = fc.record({
  psk: key,
  deviceId: fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/),
  device: key,
  server: key,
  hello: bytes(0, 464),
  welcome: bytes(0, 464),
});
type Handshake = typeof handshakes extends fc.Arbitrary<infer Value> ? Value : never;

/** The device's message 1, opened and answered by the server's side. */
async function shakeHands({ psk, deviceId, device, server, hello, welcome }: Handshake) {
  const parameters = { cipher: aesGcm, psk, prologue: prologueOf(deviceId) };
  const [message1 = Buffer.alloc(0)] = (await ask('initiate', psk, parameters.prologue, device, hello)).bytes;
  const opened = openMessage1(parameters, message1);
  expect(opened?.payload).toEqual(hello);
  const answer = opened!.respond(importEphemeral(server), welcome)!;
  return { parameters, message1, message2: answer.message, keys: answer.keys };
}

describe('a handshake of the firmware with the server', () => {
  it('gives both the payloads, the keys and the hash', async () => {
    await fc.assert(
      fc.asyncProperty(handshakes, async (handshake) => {
        const { parameters, message1, message2, keys } = await shakeHands(handshake);
        expect(message1).toEqual(initiate(parameters, importEphemeral(handshake.device), handshake.hello).message);
        expect((await ask('finish', message2)).bytes).toEqual([
          handshake.welcome,
          keys.initiatorToResponder,
          keys.responderToInitiator,
          keys.handshakeHash,
        ]);
      }),
      { numRuns: 100 },
    );
  });

  it('ends when message 2 was tampered with, on either side of the language', async () => {
    await fc.assert(
      fc.asyncProperty(handshakes, fc.nat(), fc.integer({ min: 1, max: 255 }), async (handshake, at, mask) => {
        const { parameters, message2 } = await shakeHands(handshake);
        const forged = flipped(message2, at % message2.length, mask);
        expect((await ask('finish', forged)).answer).toBe('forged');
        const initiator = initiate(parameters, importEphemeral(handshake.device), handshake.hello);
        expect(initiator.finish(forged)).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });

  it('ends when message 2 was cut or made longer', async () => {
    await fc.assert(
      fc.asyncProperty(handshakes, fc.nat({ max: 520 }), async (handshake, length) => {
        const { parameters, message2 } = await shakeHands(handshake);
        fc.pre(length !== message2.length);
        const forged = Buffer.concat([message2, Buffer.alloc(520)]).subarray(0, length);
        expect((await ask('finish', forged)).answer).toBe(length < 48 || length > 512 ? 'malformed' : 'forged');
        const initiator = initiate(parameters, importEphemeral(handshake.device), handshake.hello);
        expect(initiator.finish(forged)).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });

  it('does not come about when message 1 was tampered with, or under another key or id', async () => {
    await fc.assert(
      fc.asyncProperty(handshakes, fc.nat(), fc.integer({ min: 1, max: 255 }), async (handshake, at, mask) => {
        const { parameters, message1 } = await shakeHands(handshake);
        expect(openMessage1(parameters, flipped(message1, at % message1.length, mask))).toBeUndefined();
        expect(openMessage1({ ...parameters, psk: flipped(handshake.psk, at % 32, mask) }, message1)).toBeUndefined();
        expect(
          openMessage1({ ...parameters, prologue: prologueOf(`${handshake.deviceId}x`) }, message1),
        ).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });

  it('has the same X25519, for whatever public key', async () => {
    const point = fc.oneof(
      key,
      bytes(1, 1).map((low) => Buffer.concat([low, Buffer.alloc(31)])),
    );
    await fc.assert(
      fc.asyncProperty(key, point, async (privateKey, publicKey) => {
        const shared = x25519(importEphemeral(privateKey).privateKey, publicKey);
        expect((await ask('x25519', privateKey, publicKey)).answer).toBe(shared ? shown(shared) : 'forged');
      }),
      { numRuns: 200, examples: [[Buffer.alloc(32), Buffer.alloc(32)]] },
    );
  });
});

const records = fc.record({
  toServer: key,
  toDevice: key,
  method: fc.constantFrom<RecordMethod>('SensorUpload', 'TimeSync'),
  sessionId: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
  counter: fc.integer({ min: 1, max: greatestCounter }),
  request: bytes(0, 6656),
  response: bytes(0, 300),
});
type Records = typeof records extends fc.Arbitrary<infer Value> ? Value : never;

/** The device's request under the given counter, and the server's response. */
async function exchange({ toServer, toDevice, ...record }: Records) {
  const { method, sessionId, counter } = record;
  expect((await ask('session', sessionId, toServer, toDevice, counter - 1)).answer).toBe('ok');
  const { answer, bytes: parts } = await ask('seal', method, record.request);
  expect(answer.split(' ', 1)).toEqual([`${counter}`]);
  const [request = Buffer.alloc(0)] = parts;
  const place = { method, sessionId, counter };
  const response = sealRecord(importRecordKeys(deriveRecordKeys(toDevice)), place, record.response);
  return { place, requestKeys: importRecordKeys(deriveRecordKeys(toServer)), request, response };
}

describe('records of the firmware and of the server', () => {
  it('are opened by the other, of every size and under every counter', async () => {
    await fc.assert(
      fc.asyncProperty(records, async (record) => {
        const { place, requestKeys, request, response } = await exchange(record);
        expect(request).toEqual(sealRecord(requestKeys, place, record.request));
        expect(openRecord(requestKeys, place, request)).toEqual({ plaintext: record.request });
        const opened = await ask('open', place.method, place.sessionId, place.counter, response);
        expect(opened.bytes).toEqual([record.response]);
      }),
      { numRuns: 200 },
    );
  });

  it('are refused by the other when they were tampered with or cut', async () => {
    await fc.assert(
      fc.asyncProperty(records, fc.nat(), fc.integer({ min: 1, max: 255 }), async (record, at, mask) => {
        const { place, requestKeys, request, response } = await exchange(record);
        const { method, sessionId, counter } = place;
        const refusal = async (sealed: Buffer) => (await ask('open', method, sessionId, counter, sealed)).answer;
        expect(await refusal(flipped(response, at % response.length, mask))).toBe('forged');
        const size = at % response.length;
        const cut = size < 32 || size % 16 !== 0 ? 'malformed' : 'forged';
        expect(await refusal(response.subarray(0, size))).toBe(cut);
        expect(openRecord(requestKeys, place, flipped(request, at % request.length, mask))).toEqual({ refused: 'tag' });
        expect(openRecord(requestKeys, place, request.subarray(0, at % request.length))).toEqual({ refused: 'tag' });
        // Nothing has changed by it.
        expect((await ask('open', method, sessionId, counter, response)).bytes).toEqual([record.response]);
      }),
      { numRuns: 200 },
    );
  });

  it('are refused by the other in another place', async () => {
    await fc.assert(
      fc.asyncProperty(records, async (record) => {
        const { place, requestKeys, request, response } = await exchange(record);
        const { method, sessionId, counter } = place;
        const method2 = method === 'TimeSync' ? 'SensorUpload' : 'TimeSync';
        const forged = async (...at: readonly (string | number | bigint | Uint8Array)[]) =>
          expect((await ask('open', ...at)).answer).toBe('forged');
        await forged(method2, sessionId, counter, response);
        await forged(method, sessionId ^ 1n, counter, response);
        await forged(method, sessionId, BigInt(counter) ^ 1n, response);
        await forged(method, sessionId, counter, request);
        for (const wrong of [{ method: method2 }, { sessionId: sessionId ^ 1n }, { counter: (counter ^ 1) >>> 0 }]) {
          expect(openRecord(requestKeys, { ...place, ...wrong } as typeof place, request)).toEqual({ refused: 'tag' });
        }
        expect(openRecord(requestKeys, place, response)).toEqual({ refused: 'tag' });
      }),
      { numRuns: 100 },
    );
  });

  it('end with the last counter', async () => {
    await ask('session', 1, Buffer.alloc(32), Buffer.alloc(32), greatestCounter);
    expect((await ask('seal', 'TimeSync', Buffer.alloc(0))).answer).toBe('no session');
  });
});

interface PublicVector {
  readonly protocol_name: string;
  readonly init_prologue: string;
  readonly init_psks: readonly [string];
  readonly init_ephemeral: string;
  readonly handshake_hash: string;
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[];
}

describe('the public Noise vectors', () => {
  const file = new URL('../../../../shared/vectors/noise_nnpsk0.json', import.meta.url);
  const all: PublicVector[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).vectors : [];
  const vectors = all.filter(({ protocol_name }) => protocol_name === aesGcm.protocolName);

  if (vectors.length === 0) it.skip('are not on this machine, so the firmware did not run them');

  it.each(vectors)('$protocol_name: the firmware gives them, byte for byte', async (vector) => {
    const [first, second, ...transport] = vector.messages.map(({ payload, ciphertext }) => ({
      payload: hex(payload),
      ciphertext: hex(ciphertext),
    }));
    const inputs = [vector.init_psks[0], vector.init_prologue, vector.init_ephemeral].map(hex);
    expect((await ask('initiate', ...inputs, first!.payload)).bytes).toEqual([first!.ciphertext]);
    const [payload, toServer, toDevice, hash] = (await ask('finish', second!.ciphertext)).bytes;
    expect({ payload, hash }).toEqual({ payload: second!.payload, hash: hex(vector.handshake_hash) });
    expect(transport.length).toBeGreaterThan(0);
    for (const [index, message] of transport.entries()) {
      const key = index % 2 === 0 ? toServer! : toDevice!;
      const opened = noiseDecrypt(aesGcm, key, index >> 1, Buffer.alloc(0), message.ciphertext);
      expect(opened).toEqual(message.payload);
    }
  });
});
