import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sessionLifetime } from '../../src/session/session.ts';
import type { SessionTable } from '../../src/session/session-table.ts';
import { hour } from '../../src/time.ts';
import { hasKeysOf, newSession, tableWith } from './new-session.ts';

/** The table once more, as slow and as plain as it gets: a list, the session used last at its end. */
class NaiveTable {
  readonly maxSessions: number;
  sessions: {
    readonly id: bigint;
    readonly deviceId: string;
    readonly generation: number;
    readonly bootId: bigint;
    readonly expiresAt: number;
    readonly seen: Set<number>;
    confirmed: boolean;
    utcOffsetSeconds: number | null;
  }[] = [];

  constructor(maxSessions: number) {
    this.maxSessions = maxSessions;
  }

  create(id: bigint, deviceId: string, generation: number, bootId: bigint, confirmed: boolean, now: number): void {
    const own = this.sessions.filter((session) => session.deviceId === deviceId);
    if (own.length === 4) this.drop(own[0]!.id);
    if (this.sessions.length === this.maxSessions) this.sessions.shift();
    const expiresAt = now + sessionLifetime;
    const rest = { confirmed, utcOffsetSeconds: null, seen: new Set<number>() };
    this.sessions.push({ id, deviceId, generation, bootId, expiresAt, ...rest });
  }

  find(id: bigint, now: number) {
    const session = this.sessions.find((other) => other.id === id);
    if (!session || session.expiresAt > now) return session;
    this.drop(id);
    return undefined;
  }

  admit(id: bigint, counter: number): boolean {
    const session = this.sessions.find((other) => other.id === id)!;
    if (session.seen.has(counter) || counter <= Math.max(0, ...session.seen) - 64) return false;
    session.seen.add(counter);
    this.sessions = [...this.sessions.filter((other) => other !== session), session];
    return true;
  }

  drop(id: bigint): void {
    this.sessions = this.sessions.filter((session) => session.id !== id);
  }

  dropGeneration(deviceId: string, generation: number): void {
    this.sessions = this.sessions.filter((one) => one.deviceId !== deviceId || one.generation !== generation);
  }

  sweep(now: number): void {
    this.sessions = this.sessions.filter(({ expiresAt }) => expiresAt > now);
  }
}

const device = fc.constantFrom('garden', 'cellar', 'attic');
const generation = fc.constantFrom(1, 2);
/** Which of the sessions made so far, counted back from the newest. */
const which = fc.nat({ max: 14 });
const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constant('create' as const), device, generation, yes: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({ op: fc.constant('record' as const), which, counter: fc.integer({ min: 1, max: 90 }) }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('look' as const), which }) },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('note' as const), which, offset: fc.integer({ min: -64800, max: 64800 }) }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('confirm' as const), which }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('end' as const), device, generation }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('wait' as const), hours: fc.nat({ max: 16 }) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('sweep' as const) }) },
);

/** All that can be seen of a session. */
function observe(table: SessionTable, id: bigint) {
  const session = table.find(id);
  if (!session) return undefined;
  return {
    id: session.sessionId,
    deviceId: session.deviceId,
    generation: session.generation,
    bootId: session.bootId,
    confirmed: table.isConfirmed(session),
    notes: table.notes(session),
    rightKeys: hasKeysOf(session, id),
  };
}

function expected(model: NaiveTable, id: bigint, now: number): ReturnType<typeof observe> {
  const session = model.find(id, now);
  if (!session) return undefined;
  const { deviceId, generation, bootId, confirmed, utcOffsetSeconds } = session;
  return { id, deviceId, generation, bootId, confirmed, notes: { sample: null, utcOffsetSeconds }, rightKeys: true };
}

it('a session table behaves as a plain list would, whatever happens in whatever order', () => {
  fc.assert(
    fc.property(
      fc.array(operation, { maxLength: 120, size: 'max' }),
      fc.constantFrom(1, 3, 7, 100),
      fc.constantFrom(0, 1, 2, 100),
      (operations, maxSessions, maxHotSessions) => {
        const { table, clock } = tableWith({ maxSessions, maxHotSessions });
        const model = new NaiveTable(maxSessions);
        const made: bigint[] = [];
        for (const step of operations) {
          const id = 'which' in step ? (made.at(-1 - step.which) ?? 0n) : 0n;
          const session = id === 0n ? undefined : table.find(id);
          const plain = model.find(id, clock.monotonic());
          expect(session?.sessionId).toBe(plain?.id);
          if (step.op === 'create') {
            const fresh = table.freshId();
            made.push(fresh);
            const { device: deviceId, generation, yes: confirmed } = step;
            table.create(fresh, newSession(fresh, { deviceId, generation, bootId: fresh + 1n, confirmed }));
            model.create(fresh, deviceId, generation, fresh + 1n, confirmed, clock.monotonic());
          } else if (step.op === 'record' && session) {
            expect(table.admit(session, step.counter)).toBe(model.admit(id, step.counter));
          } else if (step.op === 'look') {
            expect(observe(table, id)).toEqual(expected(model, id, clock.monotonic()));
          } else if (step.op === 'note' && session && plain) {
            table.keepNotes(session, { sample: null, utcOffsetSeconds: step.offset });
            plain.utcOffsetSeconds = step.offset;
          } else if (step.op === 'confirm' && session && plain) {
            table.confirm(session);
            plain.confirmed = true;
          } else if (step.op === 'end') {
            table.dropGeneration(step.device, step.generation);
            model.dropGeneration(step.device, step.generation);
          } else if (step.op === 'wait') {
            clock.advance(step.hours * hour);
          } else if (step.op === 'sweep') {
            table.sweep(1000);
            model.sweep(clock.monotonic());
          }
          expect(table.size).toBe(model.sessions.length);
        }
        const now = clock.monotonic();
        expect(made.map((id) => observe(table, id))).toEqual(made.map((id) => expected(model, id, now)));
      },
    ),
    { numRuns: 400 },
  );
});
