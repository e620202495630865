import { aesGcm, importEphemeral, initiate, openMessage1 } from '../../src/crypto/noise.ts';
import { prologueOf } from '../../src/crypto/prologue.ts';
import { labelledValues, numberedSections, readDocument } from '../documents/markdown.ts';
import { handshakeSteps } from '../documents/noise-steps.ts';
import { hex } from '../hex.ts';
import { flipped, pattern, type Refusal } from './inputs.ts';

/** A handshake from fixed keys: what the initiator writes and reads, and what both sides have in the end. */
export interface HandshakeVector {
  readonly name: string;
  readonly psk: Buffer;
  readonly prologue: Buffer;
  readonly initiatorEphemeral: Buffer;
  readonly responderEphemeral: Buffer;
  readonly payload1: Buffer;
  readonly message1: Buffer;
  readonly payload2: Buffer;
  readonly message2: Buffer;
  readonly handshakeHash: Buffer;
  readonly toServer: Buffer;
  readonly toDevice: Buffer;
}

/** What the initiator of the first handshake must refuse for message 2. */
export interface RefusedMessage2 {
  readonly name: string;
  readonly message2: Buffer;
  readonly status: Refusal;
}

const shown = labelledValues(numberedSections(readDocument('docs/protocol-v1.md')).get(11) ?? '');
const shownBytes = (label: string) => hex(shown.get(label) ?? '');

/** The three keys are the 96 bytes that count up from `seed`. */
function handshake(name: string, deviceId: string, seed: number, payload1: Buffer, payload2: Buffer): HandshakeVector {
  const keys = Buffer.from(Array.from({ length: 96 }, (_, index) => seed + index));
  const [psk, initiatorEphemeral, responderEphemeral] = [
    keys.subarray(0, 32),
    keys.subarray(32, 64),
    keys.subarray(64),
  ];
  const parameters = { cipher: aesGcm, psk, prologue: prologueOf(deviceId) };
  const initiator = initiate(parameters, importEphemeral(initiatorEphemeral), payload1);
  const answer = openMessage1(parameters, initiator.message)?.respond(importEphemeral(responderEphemeral), payload2);
  if (!answer) throw new Error(`${name}: message 1 does not open`);
  return {
    name,
    psk,
    prologue: parameters.prologue,
    initiatorEphemeral,
    responderEphemeral,
    payload1,
    message1: initiator.message,
    payload2,
    message2: answer.message,
    handshakeHash: answer.keys.handshakeHash,
    toServer: answer.keys.initiatorToResponder,
    toDevice: answer.keys.responderToInitiator,
  };
}

/** The first is that of section 11 of docs/protocol-v1.md. */
export function handshakeVectors() {
  return [
    handshake('section 11', 'greenhouse', 0, shownBytes('Hello'), shownBytes('Welcome')),
    handshake('empty payloads', 'a', 0x60, Buffer.alloc(0), Buffer.alloc(0)),
    handshake('the longest payloads and id', 'z'.repeat(32), 0xa0, pattern(464), pattern(464)),
  ] as const;
}

/** RFC 7748, section 6.1: public keys that give zeros, whatever the private key is. */
const smallOrderPoints = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
].map(hex);

export function refusedMessages2(first: HandshakeVector, another: HandshakeVector): RefusedMessage2[] {
  const { message2 } = first;
  /** Message 2 by hand, to be wrong in one thing only. */
  const byHand = (wrong: { deviceId?: string; serverPublicKey?: Buffer; sharedSecret?: Buffer }) => {
    const steps = handshakeSteps({
      deviceId: 'greenhouse',
      deviceKey: first.psk,
      devicePublicKey: first.message1.subarray(0, 32),
      serverPublicKey: message2.subarray(0, 32),
      sharedSecret: shownBytes('shared secret'),
      hello: first.payload1,
      welcome: first.payload2,
      ...wrong,
    });
    return steps.get('message 2') ?? Buffer.alloc(0);
  };
  if (!byHand({}).equals(message2)) throw new Error('with nothing wrong, message 2 by hand is another');
  const last = message2.length - 1;
  return [
    { name: 'nothing', status: 'malformed', message2: Buffer.alloc(0) },
    { name: 'a byte less than the least', status: 'malformed', message2: message2.subarray(0, 47) },
    { name: 'a byte less', status: 'forged', message2: message2.subarray(0, last) },
    { name: 'a byte more', status: 'forged', message2: Buffer.concat([message2, Buffer.alloc(1)]) },
    { name: 'a flipped bit of the public key', status: 'forged', message2: flipped(message2, 5, 0x10) },
    { name: 'a flipped bit that X25519 ignores', status: 'forged', message2: flipped(message2, 31, 0x80) },
    { name: 'a flipped bit of the ciphertext', status: 'forged', message2: flipped(message2, 40, 0x01) },
    { name: 'a flipped bit of the tag', status: 'forged', message2: flipped(message2, last, 0x80) },
    { name: 'message 1 sent back', status: 'forged', message2: first.message1 },
    { name: 'message 2 of another handshake', status: 'forged', message2: another.message2 },
    { name: 'message 2 for another device', status: 'forged', message2: byHand({ deviceId: 'cellar' }) },
    // The tag is right for a shared secret of zeros: only the check of the result refuses these.
    ...smallOrderPoints.map((serverPublicKey, index): RefusedMessage2 => {
      const name = `a public key of small order, ${index + 1} of ${smallOrderPoints.length}`;
      return { name, status: 'forged', message2: byHand({ serverPublicKey, sharedSecret: Buffer.alloc(32) }) };
    }),
  ];
}
