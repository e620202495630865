import { describe, expect, it } from 'vitest';
import { sessionLifetime } from '../../src/session/session.ts';
import { hour } from '../../src/time.ts';
import { createMany, found, hasKeysOf, newSession, present, splitKeysOf, tableWith, use } from './new-session.ts';

const sample = { uptime: 90_000_000, serverTime: 1_795_000_000_000_000, uncertainty: 1234, epoch: 3 };

describe('a session', () => {
  it('is found as it was made', () => {
    const { table } = tableWith();
    const about = { deviceId: 'cellar', generation: 2 ** 40 + 1, bootId: 2n ** 64n - 1n };
    table.create(2n ** 64n - 2n, newSession(2n ** 64n - 2n, about));
    const { keys: _, slot: __, ...session } = found(table, 2n ** 64n - 2n);
    expect(session).toEqual({ sessionId: 2n ** 64n - 2n, ...about });
    expect(table.size).toBe(1);
  });

  it('is not found under another id', () => {
    const { table } = tableWith();
    createMany(table, 'garden', 5n);
    expect([0n, 4n, 6n, 2n ** 64n - 1n].map((id) => table.find(id))).toEqual(Array(4).fill(undefined));
  });

  it('has the first split key for what the device says and the second for what the server says', () => {
    const { table } = tableWith();
    table.create(7n, newSession(7n));
    expect(hasKeysOf(found(table, 7n), 7n)).toBe(true);
  });

  it('is made with keys that are wiped where they came from', () => {
    const { table } = tableWith();
    const splitKeys = splitKeysOf(7n);
    table.create(7n, newSession(7n, { splitKeys }));
    expect(splitKeys).toEqual({ initiatorToResponder: Buffer.alloc(32), responderToInitiator: Buffer.alloc(32) });
  });

  it('lives for 24 hours of monotonic time and not a microsecond longer', () => {
    const { table, clock } = tableWith();
    expect(sessionLifetime).toBe(24 * hour);
    createMany(table, 'garden', 1n);
    clock.advance(24 * hour - 1);
    expect(present(table, 1n)).toEqual([1n]);
    clock.advance(1);
    expect(present(table, 1n)).toEqual([]);
    expect(table.size).toBe(0);
  });

  it('does not live longer by being used', () => {
    const { table, clock } = tableWith();
    createMany(table, 'garden', 1n);
    for (let count = 1; count <= 23; count += 1) {
      clock.advance(hour);
      expect(use(table, 1n, count)).toBe(true);
    }
    clock.advance(hour);
    expect(table.find(1n)).toBeUndefined();
  });

  it('lives on through any step of the wall clock', () => {
    const { table, clock } = tableWith();
    createMany(table, 'garden', 1n);
    clock.stepWall(10_000 * hour);
    expect(present(table, 1n)).toEqual([1n]);
    clock.stepWall(-20_000 * hour);
    clock.advance(24 * hour);
    expect(present(table, 1n)).toEqual([]);
  });

  it('admits each counter once, and others however they are ordered within the window', () => {
    const { table } = tableWith();
    createMany(table, 'garden', 1n);
    const session = found(table, 1n);
    const counters = [1, 1, 70, 7, 6, 7, 2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 64, 2 ** 32 - 65];
    expect(counters.map((counter) => table.admit(session, counter))).toEqual([
      true,
      false,
      true,
      true,
      false,
      false,
      true,
      false,
      true,
      false,
    ]);
  });

  it('has a window of its own', () => {
    const { table } = tableWith();
    createMany(table, 'garden', 1n, 2n);
    expect([use(table, 1n, 9), use(table, 2n, 9), use(table, 1n, 9), use(table, 2n, 8)]).toEqual([
      true,
      true,
      false,
      true,
    ]);
  });

  it('has the notes that were kept last, each kind on its own', () => {
    const { table } = tableWith();
    table.create(1n, newSession(1n));
    const session = found(table, 1n);
    expect(table.notes(session)).toEqual({ sample: null, utcOffsetSeconds: null });
    table.keepNotes(session, { sample: null, utcOffsetSeconds: -12_600 });
    expect(table.notes(session)).toEqual({ sample: null, utcOffsetSeconds: -12_600 });
    table.keepNotes(session, { sample, utcOffsetSeconds: null });
    expect(table.notes(session)).toEqual({ sample, utcOffsetSeconds: -12_600 });
    const later = { uptime: 0, serverTime: 1, uncertainty: 0, epoch: 2 ** 32 - 1 };
    table.keepNotes(session, { sample: later, utcOffsetSeconds: 0 });
    expect(table.notes(session)).toEqual({ sample: later, utcOffsetSeconds: 0 });
  });

  it('begins with the notes of its handshake', () => {
    const { table } = tableWith();
    table.create(1n, newSession(1n, { notes: { sample, utcOffsetSeconds: 3600 } }));
    expect(table.notes(found(table, 1n))).toEqual({ sample, utcOffsetSeconds: 3600 });
  });

  it('is confirmed from the start or once it is said to be', () => {
    const { table } = tableWith();
    table.create(1n, newSession(1n, { confirmed: true }));
    table.create(2n, newSession(2n, { confirmed: false }));
    expect([1n, 2n].map((id) => table.isConfirmed(found(table, id)))).toEqual([true, false]);
    table.confirm(found(table, 2n));
    expect([1n, 2n].map((id) => table.isConfirmed(found(table, id)))).toEqual([true, true]);
  });
});
