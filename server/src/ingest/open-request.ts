import { leastSealedBytes } from '../crypto/aead.ts';
import { greatestCounter, type RecordMethod } from '../crypto/record.ts';
import { invalidField, unauthenticated } from '../errors.ts';
import type { Session } from '../session/session.ts';
import type { IngestParts } from './parts.ts';

/** A SealedRecord as the calls take and give it. */
export interface SealedParts {
  /** Unsigned, 64 bits. */
  readonly sessionId: bigint;
  readonly counter: number;
  /** Ciphertext, then the tag. */
  readonly sealed: Buffer;
}

export interface OpenedRequest {
  readonly session: Session;
  readonly plaintext: Buffer;
  /**
   * Seals the response under the request's counter. Call it once: a counter has one response. Throws `unauthenticated`
   * when the session has ended meanwhile; readings that were stored count as duplicates when they come again.
   */
  reply(plaintext: Uint8Array): SealedParts;
}

/**
 * Opens a request's record (docs/protocol-v1.md, section 5). Synchronous from the look-up of the session to the mark in
 * its window, so two copies of one record can't both pass. A record that is refused has changed nothing.
 */
export function openRequest(
  { sessions, store }: Pick<IngestParts, 'sessions' | 'store'>,
  method: RecordMethod,
  record: SealedParts | undefined,
): OpenedRequest {
  if (!record) throw invalidField('record', 'a sealed record');
  const { sessionId, counter, sealed } = record;
  if (sessionId === 0n) throw invalidField('record.session_id', 'a number that is not zero');
  if (counter < 1 || counter > greatestCounter) {
    throw invalidField('record.counter', '1 to 2^32 - 1');
  }
  if (sealed.length < leastSealedBytes || sealed.length % 16 !== 0) {
    throw invalidField('record.sealed', `${leastSealedBytes} bytes or more, a multiple of 16`);
  }
  const session = sessions.find(sessionId);
  if (!session) throw unauthenticated('unknown, expired or ended session');
  const place = { method, sessionId, counter };
  const opened = session.keys.deviceToServer.open(place, sealed, () => sessions.admit(session, counter));
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
    reply: (answer) => {
      if (!sessions.has(session)) throw unauthenticated('the session ended before its answer was sealed');
      return { sessionId, counter, sealed: session.keys.serverToDevice.seal(place, answer) };
    },
  };
}
