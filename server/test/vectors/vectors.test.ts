import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { aesGcm, importEphemeral, initiate, openMessage1 } from '../../src/crypto/noise.ts';
import { openRecord } from '../../src/crypto/record.ts';
import { root } from '../documents/markdown.ts';
import { pattern } from './inputs.ts';
import { protocolVectors } from './protocol-vectors.ts';
import { recordKeysOf } from './record-vectors.ts';
import { vectorFiles } from './vector-files.ts';

const { handshakes, refusedMessages2, records, refusedRecords } = protocolVectors();
const [first] = handshakes;

describe('gen/vectors', () => {
  it.each(Object.entries(vectorFiles()))('%s is what `npm run generate` makes', (path, text) => {
    expect(readFileSync(new URL(path, root), 'utf8')).toBe(text);
  });
});

describe('the vectors, on the TypeScript side', () => {
  it.each(handshakes)('handshake: $name', (vector) => {
    const parameters = { cipher: aesGcm, psk: vector.psk, prologue: vector.prologue };
    const initiator = initiate(parameters, importEphemeral(vector.initiatorEphemeral), vector.payload1);
    expect(initiator.message).toEqual(vector.message1);
    expect(openMessage1(parameters, vector.message1)?.payload).toEqual(vector.payload1);
    expect(initiator.finish(vector.message2)).toEqual({
      payload: vector.payload2,
      keys: {
        initiatorToResponder: vector.toServer,
        responderToInitiator: vector.toDevice,
        handshakeHash: vector.handshakeHash,
      },
    });
  });

  it.each(refusedMessages2)('refused message 2: $name', ({ message2 }) => {
    const parameters = { cipher: aesGcm, psk: first.psk, prologue: first.prologue };
    const initiator = initiate(parameters, importEphemeral(first.initiatorEphemeral), first.payload1);
    expect(initiator.finish(message2)).toBeUndefined();
  });

  it.each(records.filter(({ plaintextSize }) => plaintextSize <= 64))('record: $name', (vector) => {
    expect(openRecord(recordKeysOf(first)[vector.direction], vector, vector.end)).toEqual({
      plaintext: pattern(vector.plaintextSize),
    });
  });

  it.each(refusedRecords)('refused record: $name', (vector) => {
    // Of a size that no record has this side says `tag`: the message around it was refused before.
    const hasASize = vector.sealed.length >= 32 && vector.sealed.length % 16 === 0;
    const refused = vector.status === 'malformed' && hasASize ? 'padding' : 'tag';
    expect(openRecord(recordKeysOf(first)[vector.direction], vector, vector.sealed)).toEqual({ refused });
  });
});
