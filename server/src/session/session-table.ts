import { KeptRecordKeys } from '../crypto/kept-record-keys.ts';
import { deriveRecordKeys, recordKeyBytes } from '../crypto/record.ts';
import type { Clock } from '../time.ts';
import { admit } from './replay-window.ts';
import { type NewSession, type Session, type SessionNotes, sessionLifetime, sessionsPerDevice } from './session.ts';
import { none, SessionSlab } from './session-slab.ts';

export interface SessionTableOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly randomBytes: (size: number) => Buffer;
  /** Sessions in all; beyond it the one least recently used goes. */
  readonly maxSessions: number;
  /** Sessions whose OpenSSL objects are kept at hand, about 4 KB each. */
  readonly maxHotSessions: number;
}

const flag = { hasSample: 1, hasUtcOffset: 2, confirmed: 4, helloSampleTaken: 8 } as const;

/**
 * Every session of this process, in memory only. All methods are synchronous, so what they check and what they mark
 * can't come apart. A Session that was found is good until the next turn of the loop; from then on, ask `has` first.
 */
export class SessionTable {
  readonly #options: SessionTableOptions;
  readonly #slab = new SessionSlab();
  readonly #slotOf = new Map<bigint, number>();
  /** Each device's session used last; the others hang on it in order of use. */
  readonly #newestOf = new Map<string, number>();
  readonly #deviceIds: (string | undefined)[] = [];
  readonly #hot = new Map<number, Session>();
  #lruNewest = none;
  #lruOldest = none;
  #sweepFrom = 0;

  constructor(options: SessionTableOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#slotOf.size;
  }

  /** An id for a session to be: random, not zero. The Welcome names it before the session's keys exist. */
  freshId(): bigint {
    for (;;) {
      const sessionId = this.#options.randomBytes(8).readBigUInt64LE();
      if (sessionId !== 0n && !this.#slotOf.has(sessionId)) return sessionId;
    }
  }

  /** Makes room, then the session. */
  create(sessionId: bigint, { deviceId, generation, bootId, splitKeys, confirmed, notes }: NewSession): void {
    while (this.#slotsOf(deviceId).length >= sessionsPerDevice) this.#drop(this.#slotsOf(deviceId).at(-1) ?? none);
    if (this.size >= this.#options.maxSessions) this.#drop(this.#lruOldest);
    const slot = this.#slab.allocate();
    const keys = this.#slab.keys(slot);
    for (const [index, splitKey] of [splitKeys.initiatorToResponder, splitKeys.responderToInitiator].entries()) {
      const derived = deriveRecordKeys(splitKey);
      derived.copy(keys, index * recordKeyBytes);
      derived.fill(0);
      splitKey.fill(0);
    }
    this.#slab.setUint64(slot, 'sessionId', sessionId);
    this.#slab.setUint64(slot, 'bootId', bootId);
    this.#slab.setFloat64(slot, 'generation', generation);
    this.#slab.setFloat64(slot, 'expiresAt', this.#options.clock.monotonic() + sessionLifetime);
    this.#slotOf.set(sessionId, slot);
    this.#deviceIds[slot] = deviceId;
    if (confirmed) this.#raise(slot, flag.confirmed);
    this.#keepNotes(slot, notes);
    this.#pushLru(slot);
    this.#pushDevice(deviceId, slot);
  }

  /** The session, unless it never was, was dropped or has expired. */
  find(sessionId: bigint): Session | undefined {
    const slot = this.#slotOf.get(sessionId);
    if (slot === undefined) return undefined;
    if (this.#slab.float64(slot, 'expiresAt') <= this.#options.clock.monotonic()) {
      this.#drop(slot);
      return undefined;
    }
    return this.#hot.get(slot) ?? this.#warm(slot);
  }

  /** Whether the session has not ended since it was found: when it has, another one may have its slot and its memory. */
  has({ sessionId, slot }: Session): boolean {
    return this.#slotOf.get(sessionId) === slot;
  }

  /**
   * Checks and marks the replay window: false for a counter seen before or too old to tell. Call it only once the tag
   * has verified. It also makes the session the one most recently used: a forged record must not.
   */
  admit(session: Session, counter: number): boolean {
    const { slot } = session;
    const window = admit(
      {
        highest: this.#slab.uint32(slot, 'windowHighest'),
        low: this.#slab.uint32(slot, 'windowLow'),
        high: this.#slab.uint32(slot, 'windowHigh'),
      },
      counter,
    );
    if (!window) return false;
    this.#slab.setUint32(slot, 'windowHighest', window.highest);
    this.#slab.setUint32(slot, 'windowLow', window.low);
    this.#slab.setUint32(slot, 'windowHigh', window.high);
    this.#use(session);
    return true;
  }

  notes({ slot }: Session): SessionNotes {
    const flags = this.#slab.uint32(slot, 'flags');
    return {
      sample:
        flags & flag.hasSample
          ? {
              uptime: this.#slab.float64(slot, 'sampleUptime'),
              serverTime: this.#slab.float64(slot, 'sampleTime'),
              uncertainty: this.#slab.float64(slot, 'sampleUncertainty'),
              epoch: this.#slab.uint32(slot, 'sampleEpoch'),
            }
          : null,
      utcOffsetSeconds: flags & flag.hasUtcOffset ? this.#slab.int32(slot, 'utcOffset') : null,
    };
  }

  keepNotes({ slot }: Session, notes: SessionNotes): void {
    this.#keepNotes(slot, notes);
  }

  /**
   * The Hello's clock sample, the first time it is asked for: once a record of the session was admitted. Only then it is
   * known that the Hello was not held back on its way or played again, because nobody but its sender has the keys.
   */
  takeHelloSample(session: Session): SessionNotes['sample'] {
    if (this.#slab.uint32(session.slot, 'flags') & flag.helloSampleTaken) return null;
    this.#raise(session.slot, flag.helloSampleTaken);
    return this.notes(session).sample;
  }

  /** Whether the store knows that this session's key is in use; false once the session has ended. */
  isConfirmed(session: Session): boolean {
    return this.has(session) && (this.#slab.uint32(session.slot, 'flags') & flag.confirmed) !== 0;
  }

  /** Marks the session, if it is still there, as one whose key the store knows to be in use. */
  confirm(session: Session): void {
    if (this.has(session)) this.#raise(session.slot, flag.confirmed);
  }

  /** Ends every session that a key generation of a device made. */
  dropGeneration(deviceId: string, generation: number): void {
    for (const slot of this.#slotsOf(deviceId)) {
      if (this.#slab.float64(slot, 'generation') === generation) this.#drop(slot);
    }
  }

  /** Wipes expired sessions among the next `slots` slots, so that keys don't outlive their session by long. */
  sweep(slots: number): void {
    const now = this.#options.clock.monotonic();
    for (let count = Math.min(slots, this.#slab.slots); count > 0; count -= 1) {
      const slot = this.#sweepFrom;
      this.#sweepFrom = (slot + 1) % this.#slab.slots;
      if (this.#deviceIds[slot] !== undefined && this.#slab.float64(slot, 'expiresAt') <= now) this.#drop(slot);
    }
  }

  /** Its MAC keys stay in the slab, so none are left behind where the session ends or is hot no more. */
  #warm(slot: number): Session {
    const keys = this.#slab.keys(slot);
    return {
      slot,
      sessionId: this.#slab.uint64(slot, 'sessionId'),
      deviceId: this.#deviceIds[slot] ?? '',
      generation: this.#slab.float64(slot, 'generation'),
      bootId: this.#slab.uint64(slot, 'bootId'),
      keys: {
        deviceToServer: new KeptRecordKeys(keys.subarray(0, recordKeyBytes)),
        serverToDevice: new KeptRecordKeys(keys.subarray(recordKeyBytes)),
      },
    };
  }

  #use(session: Session): void {
    const { slot, deviceId } = session;
    // A Map keeps the order of insertion: the first is the one least recently used.
    this.#hot.delete(slot);
    this.#hot.set(slot, session);
    if (this.#hot.size > this.#options.maxHotSessions) {
      for (const coldest of this.#hot.keys()) {
        this.#hot.delete(coldest);
        break;
      }
    }
    if (this.#lruNewest !== slot) {
      this.#unlinkLru(slot);
      this.#pushLru(slot);
    }
    if (this.#newestOf.get(deviceId) !== slot) {
      this.#unlinkDevice(deviceId, slot);
      this.#pushDevice(deviceId, slot);
    }
  }

  #drop(slot: number): void {
    const deviceId = this.#deviceIds[slot];
    if (deviceId === undefined) return;
    this.#slotOf.delete(this.#slab.uint64(slot, 'sessionId'));
    const keys = this.#hot.get(slot)?.keys;
    keys?.deviceToServer.wipe();
    keys?.serverToDevice.wipe();
    this.#hot.delete(slot);
    this.#unlinkLru(slot);
    this.#unlinkDevice(deviceId, slot);
    this.#deviceIds[slot] = undefined;
    this.#slab.release(slot);
  }

  #keepNotes(slot: number, { sample, utcOffsetSeconds }: SessionNotes): void {
    if (sample) {
      this.#slab.setFloat64(slot, 'sampleUptime', sample.uptime);
      this.#slab.setFloat64(slot, 'sampleTime', sample.serverTime);
      this.#slab.setFloat64(slot, 'sampleUncertainty', sample.uncertainty);
      this.#slab.setUint32(slot, 'sampleEpoch', sample.epoch);
      this.#raise(slot, flag.hasSample);
    }
    if (utcOffsetSeconds !== null) {
      this.#slab.setInt32(slot, 'utcOffset', utcOffsetSeconds);
      this.#raise(slot, flag.hasUtcOffset);
    }
  }

  #raise(slot: number, bit: number): void {
    this.#slab.setUint32(slot, 'flags', this.#slab.uint32(slot, 'flags') | bit);
  }

  /** The device's sessions, the one used last first. */
  #slotsOf(deviceId: string): number[] {
    const slots: number[] = [];
    let slot = this.#newestOf.get(deviceId) ?? none;
    for (; slot !== none; slot = this.#slab.int32(slot, 'deviceOlder')) slots.push(slot);
    return slots;
  }

  #pushDevice(deviceId: string, slot: number): void {
    this.#slab.setInt32(slot, 'deviceOlder', this.#newestOf.get(deviceId) ?? none);
    this.#newestOf.set(deviceId, slot);
  }

  #unlinkDevice(deviceId: string, slot: number): void {
    const older = this.#slab.int32(slot, 'deviceOlder');
    const newer = this.#slotsOf(deviceId).find((other) => this.#slab.int32(other, 'deviceOlder') === slot);
    if (newer !== undefined) this.#slab.setInt32(newer, 'deviceOlder', older);
    else if (older === none) this.#newestOf.delete(deviceId);
    else this.#newestOf.set(deviceId, older);
  }

  #pushLru(slot: number): void {
    this.#slab.setInt32(slot, 'lruNewer', none);
    this.#slab.setInt32(slot, 'lruOlder', this.#lruNewest);
    if (this.#lruNewest !== none) this.#slab.setInt32(this.#lruNewest, 'lruNewer', slot);
    else this.#lruOldest = slot;
    this.#lruNewest = slot;
  }

  #unlinkLru(slot: number): void {
    const newer = this.#slab.int32(slot, 'lruNewer');
    const older = this.#slab.int32(slot, 'lruOlder');
    if (newer !== none) this.#slab.setInt32(newer, 'lruOlder', older);
    else this.#lruNewest = older;
    if (older !== none) this.#slab.setInt32(older, 'lruNewer', newer);
    else this.#lruOldest = newer;
  }
}
