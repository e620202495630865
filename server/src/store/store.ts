/**
 * What the server keeps, whatever keeps it. One test suite runs over every implementation.
 *
 * Every method may reject with a SealpostError: `unavailable` when the store is down, full or damaged. What changes
 * anything for a session names the key generation it was made under; once that generation has ended, the transaction
 * stores nothing and rejects with `unauthenticated`. The first one under a new generation ends the old one.
 */
import type { ClockSample } from '../readings/clock-model.ts';
import type { CheckedBatch, DeviceStatus, Reading } from '../readings/reading.ts';
import type { Micros } from '../time.ts';
import type { AccessStore, AuditNote } from './access-store.ts';

/** Who asks: a device, and the key generation of its session. Generations are unique over all devices and times. */
export interface SessionOwner {
  readonly deviceId: string;
  readonly generation: number;
}

/** One device key in plaintext: 32 bytes. The caller wipes it. */
export interface DeviceKey {
  readonly generation: number;
  /** A pending key becomes the current one at its first valid record. */
  readonly state: 'current' | 'pending';
  readonly key: Buffer;
}

/** A device as `device list` shows it. */
export interface DeviceSummary {
  readonly deviceId: string;
  readonly addedAt: Micros;
  /** null for a revoked device */
  readonly currentGeneration: number | null;
  readonly pendingGeneration: number | null;
  readonly firmwareVersion: string | null;
  readonly hardware: string | null;
  readonly utcOffsetSeconds: number | null;
  readonly status: DeviceStatus | null;
  /** Time of the latest reading, or null. */
  readonly latestReadingAt: Micros | null;
  /** When the newest reading was received, or null. */
  readonly lastReceivedAt: Micros | null;
  /** Sensor messages that were refused since the device was added. */
  readonly refusedSensors: number;
}

/** A device as `device show` shows it; counting takes a pass over its readings. */
export interface DeviceReport extends DeviceSummary {
  readonly boots: number;
  readonly readings: number;
  /** Holes in the sequences: readings that were lost or are still on their way. */
  readonly missingReadings: number;
}

export interface StoredReading extends Reading {
  readonly deviceId: string;
  readonly bootId: bigint;
  /** By a clock sample, else by the device's own stamp, else null. */
  readonly resolvedTime: Micros | null;
  /** null when the server's clock could not be trusted. */
  readonly receivedAt: Micros | null;
  /** The device's time zone, null when it never said. */
  readonly utcOffsetSeconds: number | null;
}

/** A reading's place in the order of time: by resolved time, then boot id, then sequence. */
export interface ReadingPosition {
  readonly time: Micros;
  readonly bootId: bigint;
  readonly sequence: number;
}

/** Readings of one device with a resolved time from `from` to just before `to`. */
export interface ReadingsQuery {
  readonly deviceId: string;
  readonly from: Micros;
  readonly to: Micros;
  readonly order: 'oldest first' | 'newest first';
  /** Go on behind this place. */
  readonly after?: ReadingPosition;
  readonly limit: number;
}

/** The numbers of many readings, column by column; all columns are of the same length. */
export interface ReadingColumns {
  /** Resolved times. */
  readonly times: Float64Array;
  /** In the order of `channelNames`; NaN where the sensor was absent. */
  readonly channels: readonly Float32Array[];
}

/** Readings that arrived together, in one batch of one device. */
export interface Arrival {
  /** Grows with each batch, over all devices and processes, and is never used again. */
  readonly arrival: number;
  readonly deviceId: string;
  /** Those of the batch that were new. */
  readonly readings: readonly StoredReading[];
}

/** A handshake that has been opened. */
export interface HandshakeClaim extends SessionOwner {
  readonly bootId: bigint;
  readonly uptime: Micros;
}

/** What a device said on the side. Written with a later commit, or lost with a crash: it is said again. */
export interface ContactNote extends SessionOwner {
  readonly bootId: bigint;
  readonly sample?: ClockSample;
  readonly utcOffsetSeconds?: number;
  readonly firmwareVersion?: string;
  readonly hardware?: string;
}

export interface ReadingsAppend extends SessionOwner {
  readonly batch: CheckedBatch;
  readonly receivedAt: Micros | null;
}

export interface AppendResult {
  readonly stored: number;
  readonly duplicates: number;
}

/** Which devices: all, but for what is told. */
export interface DevicesQuery {
  /** This one only. */
  readonly deviceId?: string;
  /** Those whose ids come behind this one. */
  readonly after?: string;
  /** The first so many. */
  readonly limit?: number;
}

/** What a store says of itself since it was opened. */
export interface StoreFigures {
  /** Writes that wait for their commit. */
  readonly waitingWrites: number;
  readonly commits: number;
  readonly committedWrites: number;
  /** Time in transactions, the disk's part included. */
  readonly commitSeconds: number;
  readonly failedCommits: number;
  /** Readings as they arrived, which the store has yet to put where it keeps them. */
  readonly unsettledReadings: number;
}

export interface EndedGenerations {
  /** Pass it to the next call. */
  readonly cursor: number;
  readonly ended: readonly SessionOwner[];
}

/** A `note` goes into the audit in the same transaction as what it is about. */
export interface Store {
  /** Who may read, and what was done. */
  readonly access: AccessStore;

  /** Registers a device with its first key. Rejects with an OperatorError when the id is taken. */
  addDevice(deviceId: string, key: Buffer, now: Micros, note?: AuditNote): Promise<void>;
  /**
   * Adds a key. It is pending beside the current one, in place of a pending one that was not used; `atOnce` ends all
   * earlier ones. Rejects with an OperatorError when there is no such device.
   */
  rotateKey(deviceId: string, key: Buffer, options: { readonly atOnce: boolean }, note?: AuditNote): Promise<void>;
  /** Ends every key of the device; its readings stay. Rejects with an OperatorError when there is no such device. */
  revokeDevice(deviceId: string, note?: AuditNote): Promise<void>;
  /** Removes the device with its keys and readings, and says how many readings those were. */
  removeDevice(deviceId: string, note?: AuditNote): Promise<{ readonly readings: number }>;
  /** In order of their ids. */
  listDevices(query?: DevicesQuery): Promise<readonly DeviceSummary[]>;
  countDevices(): Promise<number>;
  describeDevice(deviceId: string): Promise<DeviceReport | null>;
  /** The keys that may shake hands: none, the current one, the pending one, or both, the pending one first. */
  deviceKeys(deviceId: string): Promise<readonly DeviceKey[]>;

  /** The generations that have ended since `cursor` (0: since ever), in this process or another. */
  endedGenerations(cursor: number): Promise<EndedGenerations>;
  /** Where endedGenerations stands now, so that a starting server need not read the past. */
  endedGenerationsCursor(): Promise<number>;
  /** Says that a record of this generation was valid: a pending generation becomes the current one, durably. */
  confirmGeneration(owner: SessionOwner): Promise<void>;

  /**
   * False when a handshake of this boot at this uptime or a later one was accepted before: a replay. Otherwise asks
   * `mayPass`, which may throw to refuse it, and remembers it: one atomic step. Written with a later commit, but before
   * this resolves where other processes take handshakes too.
   */
  claimHandshake(claim: HandshakeClaim, mayPass?: () => void): Promise<boolean>;
  /** Never waits and never fails. */
  noteContact(note: ContactNote): void;
  /** Sees to it that claims and notes are written soon though nobody uploads. Never fails: they are kept if it can't be. */
  flush(): void;

  /**
   * Stores the readings that are not there yet; resolves after the durable commit. Rejects with `resource_exhausted`
   * when too many wait already.
   */
  appendReadings(append: ReadingsAppend): Promise<AppendResult>;

  /** The reading with the greatest resolved time, of one device or of all. */
  latestReading(deviceId?: string): Promise<StoredReading | null>;
  /** In the order asked for, at most `limit` of them; null when there is no such device. */
  listReadings(query: ReadingsQuery): Promise<readonly StoredReading[] | null>;
  /**
   * All of a device's readings in the range, some hundreds at a time and in no order to rely on: for aggregates. None at a
   * time says that more takes long, and that it is somebody else's turn.
   */
  readingColumns(range: Pick<ReadingsQuery, 'deviceId' | 'from' | 'to'>): AsyncIterable<ReadingColumns>;

  /** What arrives from now on has greater numbers, what has arrived has none greater; 0 before the first. */
  lastArrival(): Promise<number>;
  /** What arrived behind `cursor`, of one device or of all, in order of arrival, at most `limit` batches. */
  arrivalsAfter(cursor: number, limit: number, deviceId?: string): Promise<readonly Arrival[]>;
  /** Calls back each time something may have arrived, here or in another process. Call what it gives to end that. */
  onArrivals(listener: () => void): () => void;

  /** The clock samples that count of the device's newest boot, in order of uptime: none before its first contact. */
  clockSamples(deviceId: string): Promise<readonly ClockSample[]>;
  /** A key of 32 bytes for the purpose, the same each time, from the master key. */
  deriveKey(purpose: string): Buffer;

  /** The greatest time in the store when it was opened: a clock before it is wrong. */
  lastStoredTime(): Micros | null;
  /**
   * The epoch of clock samples that began when the store was opened: the clock may have stepped while no server ran. Its
   * samples go on with a boot's earlier epoch where they agree with it.
   */
  clockEpoch(): number;

  figures(): StoreFigures;

  /** Commits what waits, then closes. */
  close(): Promise<void>;
}
