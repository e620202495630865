import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { ClockSample } from '../../readings/clock-model.ts';
import type { Micros } from '../../time.ts';
import type { AccessStore, AuditNote } from '../access-store.ts';
import type { MasterKey, RandomBytes } from '../master-key.ts';
import type {
  AppendResult,
  Arrival,
  ContactNote,
  DeviceKey,
  DeviceReport,
  DeviceSummary,
  DevicesQuery,
  EndedGenerations,
  HandshakeClaim,
  ReadingColumns,
  ReadingsAppend,
  ReadingsQuery,
  SessionOwner,
  Store,
  StoredReading,
  StoreFigures,
} from '../store.ts';
import { ArrivalLog } from './arrival-log.ts';
import { Blocks } from './blocks.ts';
import { Boots } from './boots.ts';
import { ClockSamples } from './clock-samples.ts';
import { type Connection, makeDataDirectory, openConnection } from './connection.ts';
import { Devices } from './devices.ts';
import { asOpeningError, asStoreError } from './errors.ts';
import { Generations } from './generations.ts';
import { KnownPlaces } from './known-places.ts';
import { migrate } from './migrate.ts';
import { Readings } from './readings.ts';
import { removeDevice } from './remove-device.ts';
import { TimeResolver } from './resolve-time.ts';
import { acquireServerLock, type ServerLock } from './server-lock.ts';
import type { Tables } from './session-writes.ts';
import { SqliteAccess } from './sqlite-access.ts';
import { SqliteReaders } from './sqlite-readers.ts';
import { type SessionsOptions, SqliteSessions } from './sqlite-sessions.ts';
import { StoreRunner } from './store-runner.ts';
import { readClockEpoch, readLastStoredTime } from './stored-times.ts';
import { unlockMasterKey } from './unlock-master-key.ts';

export interface SqliteStoreOptions extends SessionsOptions {
  /** Made, for its owner only, when it is not there. */
  readonly dataDirectory: string;
  /** `master.key` in the data directory unless said. */
  readonly masterKeyFile?: string;
  /** For the server: be the only one on this data directory, until the store is closed. */
  readonly exclusive?: boolean;
  /** Settle readings; of several processes of one server one should. An exclusive server's does in any case. */
  readonly settles?: boolean;
  /** Other processes append too: look for what they have added while somebody listens. */
  readonly shared?: boolean;
  /** For one of several processes of a server: the epoch of clock samples that began with it. Else a new one begins. */
  readonly clockEpoch?: number;
  /** How long a write waits for another process's. */
  readonly busyTimeoutMilliseconds?: number;
  /** A full disk, for tests. */
  readonly maxPageCount?: number;
  readonly randomBytes?: RandomBytes;
}

const defaultBusyTimeout = 5_000;

/** Opens the store, made on the first run. Rejects with an OperatorError that says what to do. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const directory = makeDataDirectory(options.dataDirectory);
  const path = join(directory, 'sealpost.db');
  const lock = options.exclusive ? acquireServerLock(directory) : null;
  let connection: Connection | undefined;
  try {
    connection = openConnection(path, {
      busyTimeoutMilliseconds: options.busyTimeoutMilliseconds ?? defaultBusyTimeout,
      maxPageCount: options.maxPageCount,
    });
    migrate(connection, path);
    const masterKeyFile = options.masterKeyFile ?? join(directory, 'master.key');
    const masterKey = unlockMasterKey(connection, masterKeyFile, options.randomBytes ?? randomBytes);
    return new SqliteStore(connection, masterKey, lock, options);
  } catch (error) {
    connection?.close();
    lock?.release();
    throw asOpeningError(path, error);
  }
}

/** The store in one SQLite file. Every method runs to its end at once, but for what waits for a commit. */
export class SqliteStore implements Store {
  readonly #connection: Connection;
  readonly #lock: ServerLock | null;
  readonly #runner: StoreRunner;
  readonly #tables: Tables;
  readonly #access: SqliteAccess;
  readonly #readers: SqliteReaders;
  readonly #sessions: SqliteSessions;
  readonly #masterKey: MasterKey;
  readonly #lastStoredTime: Micros | null;
  readonly #clockEpoch: number;

  constructor(connection: Connection, masterKey: MasterKey, lock: ServerLock | null, options: SqliteStoreOptions) {
    const { shared = false } = options;
    const settles = lock !== null || options.settles === true;
    this.#connection = connection;
    this.#lock = lock;
    this.#masterKey = masterKey;
    this.#clockEpoch = options.clockEpoch ?? readClockEpoch(connection) + 1;
    const samples = new ClockSamples(connection, this.#clockEpoch);
    const blocks = new Blocks(connection);
    const boots = new Boots(connection);
    const log = new ArrivalLog(connection, blocks, boots);
    const readings = new Readings(connection, log, blocks, boots);
    const places = new KnownPlaces(connection);
    const generations = new Generations(connection, masterKey, () => places.forget());
    this.#tables = {
      generations,
      devices: new Devices(connection),
      boots,
      samples,
      readings,
      times: new TimeResolver(samples, readings),
      places,
    };
    const parts = { tables: this.#tables, log, blocks };
    this.#runner = new StoreRunner(connection);
    this.#access = new SqliteAccess(connection, this.#runner, (deviceId) => generations.deviceNumber(deviceId));
    this.#readers = new SqliteReaders(connection, this.#runner, { ...parts, shared });
    const sessionsParts = { ...parts, readers: this.#readers, shared, settles };
    this.#sessions = new SqliteSessions(connection, this.#runner, sessionsParts, options);
    // A server looks at every boot now, not while devices wait; a command that never asks need not.
    if (lock !== null || shared) this.#readers.catchUp();
    if (settles) this.#sessions.skipNumbersAtRisk();
    // A server's memory has them all; a command's is empty yet, so that it takes the log's end for good enough.
    const times = [readLastStoredTime(connection), log.lastReceivedAt(), this.#readers.lastReceivedAt()];
    this.#lastStoredTime = Math.max(...times.map((time) => time ?? 0)) || null;
  }

  get access(): AccessStore {
    return this.#access;
  }

  addDevice(deviceId: string, key: Buffer, now: Micros, note?: AuditNote): Promise<void> {
    return this.#audited(note, () => this.#tables.generations.add(deviceId, key, now));
  }

  rotateKey(deviceId: string, key: Buffer, { atOnce }: { readonly atOnce: boolean }, note?: AuditNote): Promise<void> {
    return this.#audited(note, () => this.#tables.generations.rotate(deviceId, key, atOnce));
  }

  revokeDevice(deviceId: string, note?: AuditNote): Promise<void> {
    return this.#audited(note, () => this.#tables.generations.revoke(deviceId));
  }

  async removeDevice(deviceId: string, note?: AuditNote): Promise<{ readonly readings: number }> {
    this.#runner.requireOpen();
    const line = note && { audit: this.#access.audit, note };
    try {
      return { readings: await removeDevice(this.#connection, this.#tables, deviceId, line) };
    } catch (error) {
      throw asStoreError(error);
    }
  }

  deviceKeys(deviceId: string): Promise<readonly DeviceKey[]> {
    return this.#runner.ask(() => this.#tables.generations.keys(deviceId));
  }

  endedGenerations(cursor: number): Promise<EndedGenerations> {
    return this.#runner.ask(() => this.#tables.generations.ended(cursor));
  }

  endedGenerationsCursor(): Promise<number> {
    return this.#runner.ask(() => this.#tables.generations.endedCursor());
  }

  confirmGeneration(owner: SessionOwner): Promise<void> {
    return this.#sessions.confirmGeneration(owner);
  }

  claimHandshake(claim: HandshakeClaim, mayPass?: () => void): Promise<boolean> {
    return this.#sessions.claimHandshake(claim, mayPass);
  }

  noteContact(note: ContactNote): void {
    this.#sessions.noteContact(note);
  }

  flush(): void {
    this.#sessions.flush();
  }

  appendReadings(append: ReadingsAppend): Promise<AppendResult> {
    return this.#sessions.appendReadings(append);
  }

  listDevices(query?: DevicesQuery): Promise<readonly DeviceSummary[]> {
    return this.#readers.listDevices(query);
  }

  countDevices(): Promise<number> {
    return this.#readers.countDevices();
  }

  describeDevice(deviceId: string): Promise<DeviceReport | null> {
    return this.#readers.describeDevice(deviceId);
  }

  latestReading(deviceId?: string): Promise<StoredReading | null> {
    return this.#readers.latestReading(deviceId);
  }

  listReadings(query: ReadingsQuery): Promise<readonly StoredReading[] | null> {
    return this.#readers.listReadings(query);
  }

  readingColumns(range: Pick<ReadingsQuery, 'deviceId' | 'from' | 'to'>): AsyncIterable<ReadingColumns> {
    return this.#readers.readingColumns(range);
  }

  lastArrival(): Promise<number> {
    return this.#readers.lastArrival();
  }

  arrivalsAfter(cursor: number, limit: number, deviceId?: string): Promise<readonly Arrival[]> {
    return this.#readers.arrivalsAfter(cursor, limit, deviceId);
  }

  onArrivals(listener: () => void): () => void {
    return this.#readers.onArrivals(listener);
  }

  clockSamples(deviceId: string): Promise<readonly ClockSample[]> {
    return this.#readers.clockSamples(deviceId);
  }

  deriveKey(purpose: string): Buffer {
    return this.#masterKey.derive(purpose);
  }

  lastStoredTime(): Micros | null {
    return this.#lastStoredTime;
  }

  clockEpoch(): number {
    return this.#clockEpoch;
  }

  figures(): StoreFigures {
    return this.#sessions.figures();
  }

  /** For tests: the disk has this many pages of 4,096 bytes for the database. */
  limitPages(pages: number): void {
    this.#connection.limitPages(pages);
  }

  async close(): Promise<void> {
    if (this.#runner.closed) return;
    this.#runner.close();
    this.#readers.close();
    try {
      await this.#sessions.close();
      this.#connection.close();
    } finally {
      this.#lock?.release();
    }
  }

  #audited(note: AuditNote | undefined, work: () => void): Promise<void> {
    return this.#runner.change(() => {
      work();
      if (note) this.#access.audit.append(note);
    });
  }
}
