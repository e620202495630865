import { describe, expect, it, vi } from 'vitest';
import { hour } from '../../src/time.ts';
import { createMany, found, hasKeysOf, newSession, present, tableWith, use } from './new-session.ts';

const sample = { uptime: 90_000_000, serverTime: 1_795_000_000_000_000, uncertainty: 1234, epoch: 3 };

describe('a device', () => {
  it('has four sessions; a fifth ends the one least recently used', () => {
    const { table } = tableWith();
    createMany(table, 'garden', 1n, 2n, 3n, 4n);
    expect(present(table, 1n, 2n, 3n, 4n)).toEqual([1n, 2n, 3n, 4n]);
    createMany(table, 'garden', 5n);
    expect(present(table, 1n, 2n, 3n, 4n, 5n)).toEqual([2n, 3n, 4n, 5n]);
    use(table, 2n);
    createMany(table, 'garden', 6n);
    expect(present(table, 2n, 3n, 4n, 5n, 6n)).toEqual([2n, 4n, 5n, 6n]);
  });

  it('does not use a session by having it looked up, nor by a record that is refused', () => {
    const { table } = tableWith();
    createMany(table, 'garden', 1n);
    use(table, 1n, 1);
    createMany(table, 'garden', 2n, 3n, 4n);
    expect(use(table, 1n, 1)).toBe(false);
    found(table, 1n);
    createMany(table, 'garden', 5n);
    expect(present(table, 1n, 2n, 3n, 4n, 5n)).toEqual([2n, 3n, 4n, 5n]);
  });

  it('loses no session to another device', () => {
    const { table } = tableWith();
    createMany(table, 'cellar', 101n, 102n, 103n, 104n);
    createMany(table, 'garden', 1n, 2n, 3n, 4n, 5n, 6n, 7n);
    expect(present(table, 101n, 102n, 103n, 104n)).toEqual([101n, 102n, 103n, 104n]);
    expect(present(table, 1n, 2n, 3n, 4n, 5n, 6n, 7n)).toEqual([4n, 5n, 6n, 7n]);
    expect(table.size).toBe(8);
  });

  it('loses exactly the sessions of a key generation that has ended', () => {
    const { table } = tableWith();
    table.create(1n, newSession(1n, { generation: 1 }));
    table.create(2n, newSession(2n, { generation: 2 }));
    table.create(3n, newSession(3n, { generation: 1 }));
    table.create(4n, newSession(4n, { deviceId: 'cellar', generation: 1 }));
    table.dropGeneration('garden', 1);
    expect(present(table, 1n, 2n, 3n, 4n)).toEqual([2n, 4n]);
    table.dropGeneration('garden', 1);
    table.dropGeneration('attic', 1);
    expect(table.size).toBe(2);
  });
});

describe('session table', () => {
  it('ends the session least recently used, whosever it is, when it is full', () => {
    const { table } = tableWith({ maxSessions: 3 });
    createMany(table, 'garden', 1n);
    createMany(table, 'cellar', 2n);
    createMany(table, 'attic', 3n);
    use(table, 1n);
    createMany(table, 'shed', 4n);
    expect(present(table, 1n, 2n, 3n, 4n)).toEqual([1n, 3n, 4n]);
    createMany(table, 'garage', 5n);
    expect(present(table, 1n, 3n, 4n, 5n)).toEqual([1n, 4n, 5n]);
    expect(table.size).toBe(3);
  });

  it("makes room once: a device's fifth session costs no other device one", () => {
    const { table } = tableWith({ maxSessions: 5 });
    createMany(table, 'cellar', 101n);
    createMany(table, 'garden', 1n, 2n, 3n, 4n, 5n);
    expect(present(table, 101n, 1n, 2n, 3n, 4n, 5n)).toEqual([101n, 2n, 3n, 4n, 5n]);
  });

  it('passes nothing of a session on to the one that gets its memory', () => {
    const { table } = tableWith({ maxSessions: 1 });
    table.create(1n, newSession(1n, { confirmed: true, notes: { sample, utcOffsetSeconds: 3600 } }));
    use(table, 1n, 40);
    const { slot } = found(table, 1n);
    table.create(2n, newSession(2n, { deviceId: 'cellar', generation: 5, bootId: 9n, confirmed: false }));
    const session = found(table, 2n);
    expect(session.slot).toBe(slot);
    const { keys: _keys, slot: _slot, ...about } = session;
    expect(about).toEqual({ sessionId: 2n, deviceId: 'cellar', generation: 5, bootId: 9n });
    expect(table.notes(session)).toEqual({ sample: null, utcOffsetSeconds: null });
    expect(table.isConfirmed(session)).toBe(false);
    expect(hasKeysOf(session, 2n)).toBe(true);
    expect([40, 1].map((counter) => table.admit(session, counter))).toEqual([true, true]);
    expect(table.find(1n)).toBeUndefined();
  });

  it.each([0, 1])('has no session that ended meanwhile, with %i hot sessions, and wipes the keys of one', (hot) => {
    const { table } = tableWith({ maxSessions: 1, maxHotSessions: hot });
    createMany(table, 'garden', 1n);
    const session = found(table, 1n);
    table.admit(session, 1);
    expect([table.has(session), hasKeysOf(session, 1n)]).toEqual([true, true]);
    createMany(table, 'cellar', 2n);
    expect([table.has(session), table.has(found(table, 2n))]).toEqual([false, true]);
    if (hot > 0) expect(() => hasKeysOf(session, 1n)).toThrow('these record keys are wiped');
    expect(hasKeysOf(found(table, 2n), 2n)).toBe(true);
  });

  it('leaves who found a session the keys to answer with, when others push it out of the hot ones', () => {
    const { table } = tableWith({ maxHotSessions: 1 });
    createMany(table, 'garden', 1n, 2n);
    const session = found(table, 1n);
    table.admit(session, 1);
    use(table, 2n);
    expect(found(table, 1n)).not.toBe(session);
    expect([table.has(session), hasKeysOf(session, 1n)]).toEqual([true, true]);
  });

  it('confirms nobody else when a session has ended meanwhile', () => {
    const { table } = tableWith({ maxSessions: 1 });
    table.create(1n, newSession(1n, { confirmed: false }));
    const ended = found(table, 1n);
    table.create(2n, newSession(2n, { confirmed: false }));
    table.confirm(ended);
    expect(table.isConfirmed(found(table, 2n))).toBe(false);
  });

  it('does not take an ended session for the one that has its memory now', () => {
    const { table } = tableWith({ maxSessions: 1 });
    table.create(1n, newSession(1n, { confirmed: false }));
    const ended = found(table, 1n);
    table.create(2n, newSession(2n, { confirmed: true }));
    expect(table.isConfirmed(ended)).toBe(false);
  });

  it('gives ids that are random, not zero and not taken', () => {
    const drawn = [0n, 0xfedcba9876543210n, 0xfedcba9876543210n, 0n, 0x0123456789abcdefn];
    const randomBytes = vi.fn((size: number) => {
      const bytes = Buffer.alloc(size);
      bytes.writeBigUInt64LE(drawn.shift() ?? 1n);
      return bytes;
    });
    const { table } = tableWith({ randomBytes });
    const first = table.freshId();
    expect(first).toBe(0xfedcba9876543210n);
    createMany(table, 'garden', first);
    expect(table.freshId()).toBe(0x0123456789abcdefn);
    expect(randomBytes.mock.calls).toEqual(Array(5).fill([8]));
  });

  it('wipes expired sessions when it is swept, a part of the table at a time', () => {
    const { table, clock } = tableWith();
    for (let id = 1n; id <= 10n; id += 1n) table.create(id, newSession(id, { deviceId: `device-${id}` }));
    clock.advance(hour);
    table.create(11n, newSession(11n, { deviceId: 'late' }));
    clock.advance(23 * hour);
    expect(table.size).toBe(11);
    const sizes = [4, 4, 4].map((slots) => {
      table.sweep(slots);
      return table.size;
    });
    expect(sizes).toEqual([7, 3, 1]);
    expect(present(table, 11n)).toEqual([11n]);
  });

  it('goes round and round when it is swept, and does not mind being empty', () => {
    const { table, clock } = tableWith();
    table.sweep(100);
    for (let round = 1n; round <= 5n; round += 1n) {
      createMany(table, 'garden', round * 10n, round * 10n + 1n, round * 10n + 2n);
      clock.advance(24 * hour);
      for (let count = 0; count < 3; count += 1) table.sweep(1);
      expect(table.size).toBe(0);
    }
    table.sweep(1_000_000_000);
  });

  it('has the keys of the sessions used last at hand, and of no more than it may', () => {
    const { table } = tableWith({ maxHotSessions: 2 });
    for (let id = 1n; id <= 3n; id += 1n) table.create(id, newSession(id, { deviceId: `device-${id}` }));
    const used = [1n, 2n, 3n, 2n].map((id, index) => {
      const session = found(table, id);
      table.admit(session, index + 1);
      return session;
    });
    expect([1n, 2n, 3n].map((id) => used.includes(found(table, id)))).toEqual([false, true, true]);
    // Looking is not using: who has no valid record does not push out who has.
    use(table, 1n, 9);
    const [first, second] = [0, 1].map(() => [1n, 2n, 3n].map((id) => found(table, id)));
    expect(first?.map((session, index) => session === second?.[index])).toEqual([true, true, false]);
  });

  it.each([0, 1, 2, 1000])('answers the same with %i hot sessions', (maxHotSessions) => {
    const { table } = tableWith({ maxHotSessions });
    for (let id = 1n; id <= 6n; id += 1n) table.create(id, newSession(id, { deviceId: `device-${id}` }));
    for (let counter = 1; counter <= 3; counter += 1) {
      for (let id = 1n; id <= 6n; id += 1n) {
        expect([use(table, id, counter), use(table, id, counter)]).toEqual([true, false]);
        const session = found(table, id);
        expect([hasKeysOf(session, id), session.deviceId]).toEqual([true, `device-${id}`]);
      }
    }
  });
});
