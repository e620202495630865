import { create } from '@bufbuild/protobuf';
import { type SealedRecord, SealedRecordSchema } from '#gen/record_pb.js';
import { leastSealedBytes } from '../crypto/aead.ts';
import { greatestCounter, openRecord, type RecordMethod, sealRecord } from '../crypto/record.ts';
import { invalidField, unauthenticated } from '../errors.ts';
import type { Session } from '../session/session.ts';
import type { IngestParts } from './parts.ts';

export interface OpenedRequest {
  readonly session: Session;
  readonly plaintext: Buffer;
  /** Seals the response under the request's counter. Call it once: a counter has one response. */
  reply(plaintext: Uint8Array): SealedRecord;
}

/**
 * Opens a request's record (docs/protocol-v1.md, section 5). Synchronous from the look-up of the session to the mark in
 * its window, so two copies of one record can't both pass. A record that is refused has changed nothing.
 */
export function openRequest(
  { sessions, store }: Pick<IngestParts, 'sessions' | 'store'>,
  method: RecordMethod,
  record: SealedRecord | undefined,
): OpenedRequest {
  if (!record) throw invalidField('record', 'a sealed record');
  const { sessionId, sealed } = record;
  if (sessionId === 0n) throw invalidField('record.session_id', 'a number that is not zero');
  if (record.counter < 1n || record.counter > BigInt(greatestCounter)) {
    throw invalidField('record.counter', '1 to 2^32 - 1');
  }
  if (sealed.length < leastSealedBytes || sealed.length % 16 !== 0) {
    throw invalidField('record.sealed', `${leastSealedBytes} bytes or more, a multiple of 16`);
  }
  const session = sessions.find(sessionId);
  if (!session) throw unauthenticated('unknown, expired or ended session');
  const place = { method, sessionId, counter: Number(record.counter) };
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const opened = openRecord(session.keys.deviceToServer, place, bytes, () => sessions.admit(session, place.counter));
  if ('refused' in opened) {
    if (opened.refused === 'padding') throw invalidField('record.sealed', 'PKCS#7 padding');
    throw unauthenticated(opened.refused === 'tag' ? 'wrong tag' : 'replayed or too old counter');
  }
  const sample = sessions.takeHelloSample(session);
  if (sample) {
    const { deviceId, generation, bootId } = session;
    store.noteContact({ deviceId, generation, bootId, sample });
  }
  return {
    session,
    plaintext: opened.plaintext,
    reply: (answer) =>
      create(SealedRecordSchema, {
        sessionId,
        counter: record.counter,
        sealed: sealRecord(session.keys.serverToDevice, place, answer),
      }),
  };
}
