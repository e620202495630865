import { createHash } from 'node:crypto';
import { deriveRecordKeys, importRecordKeys, openRecord, sealRecord } from '../../src/crypto/record.ts';
import type { NewSession, Session } from '../../src/session/session.ts';
import { SessionTable, type SessionTableOptions } from '../../src/session/session-table.ts';
import { TestClock } from '../clock.ts';

/** What Split() would give: different for each session, and the same each time it is asked for. */
export function splitKeysOf(sessionId: bigint): NewSession['splitKeys'] {
  const key = (direction: string) => createHash('sha256').update(`${direction} ${sessionId}`).digest();
  return { initiatorToResponder: key('to server'), responderToInitiator: key('to device') };
}

/** All that the table needs of a session; the test says what matters to it. */
export function newSession(sessionId: bigint, about: Partial<NewSession> = {}): NewSession {
  return {
    deviceId: 'garden',
    generation: 1,
    bootId: 0x0000000700000001n,
    splitKeys: splitKeysOf(sessionId),
    confirmed: true,
    notes: { sample: null, utcOffsetSeconds: null },
    ...about,
  };
}

/** Random bytes that count: 1, 2, 3 … as little-endian 64-bit numbers. */
export function countingBytes(): (size: number) => Buffer {
  let count = 0n;
  return (size) => {
    count += 1n;
    const bytes = Buffer.alloc(size);
    bytes.writeBigUInt64LE(count);
    return bytes;
  };
}

export function tableWith(options: Partial<SessionTableOptions> = {}): { clock: TestClock; table: SessionTable } {
  const clock = new TestClock();
  const table = new SessionTable({
    clock,
    randomBytes: countingBytes(),
    maxSessions: 1000,
    maxHotSessions: 100,
    ...options,
  });
  return { clock, table };
}

/** Makes sessions with these ids, for the device. */
export function createMany(table: SessionTable, deviceId: string, ...ids: bigint[]): void {
  for (const id of ids) table.create(id, newSession(id, { deviceId }));
}

export function found(table: SessionTable, sessionId: bigint): Session {
  const session = table.find(sessionId);
  if (!session) throw new Error(`session ${sessionId} is not there`);
  return session;
}

/** One valid record arrives. */
export const use = (table: SessionTable, sessionId: bigint, counter = 1) =>
  table.admit(found(table, sessionId), counter);

/** Which of the sessions are there still; looking does not count as use. */
export const present = (table: SessionTable, ...ids: bigint[]) => ids.filter((id) => table.find(id) !== undefined);

/** Whether the session's keys open what the device of this id's session seals, and the other way round. */
export function hasKeysOf({ keys }: Session, sessionId: bigint): boolean {
  const { initiatorToResponder, responderToInitiator } = splitKeysOf(sessionId);
  const place = { method: 'TimeSync', sessionId, counter: 1 } as const;
  const plaintext = Buffer.from('what time is it?');
  const said = sealRecord(importRecordKeys(deriveRecordKeys(initiatorToResponder)), place, plaintext);
  const opened = keys.deviceToServer.open(place, said, () => true);
  const answer = keys.serverToDevice.seal(place, plaintext);
  const heard = openRecord(importRecordKeys(deriveRecordKeys(responderToInitiator)), place, answer);
  return [opened, heard].every((outcome) => 'plaintext' in outcome && outcome.plaintext.equals(plaintext));
}
