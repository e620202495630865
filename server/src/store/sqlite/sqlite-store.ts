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
import { ArrivalLog, type ArrivalVisitor } from './arrival-log.ts';
import { Blocks } from './blocks.ts';
import { Boots } from './boots.ts';
import { Checkpoints, longestLog } from './checkpoints.ts';
import { ClockSamples } from './clock-samples.ts';
import { type Connection, makeDataDirectory, openConnection } from './connection.ts';
import { Contacts } from './contacts.ts';
import { type DeviceFacts, Devices } from './devices.ts';
import { asOpeningError, asStoreError, refusedWrite, storageFault } from './errors.ts';
import { Generations } from './generations.ts';
import { GroupCommit } from './group-commit.ts';
import { KnownPlaces } from './known-places.ts';
import { LatestReadings } from './latest-readings.ts';
import { migrate } from './migrate.ts';
import { ReadingQueries } from './reading-queries.ts';
import { Readings } from './readings.ts';
import { removeDevice } from './remove-device.ts';
import { TimeResolver } from './resolve-time.ts';
import { acquireServerLock, type ServerLock } from './server-lock.ts';
import { SessionWrites, type Tables } from './session-writes.ts';
import { Settling } from './settling.ts';
import { SqliteAccess } from './sqlite-access.ts';
import { readClockEpoch, readLastStoredTime } from './stored-times.ts';
import { unlockMasterKey } from './unlock-master-key.ts';
import { WalSync } from './wal-sync.ts';

export interface SqliteStoreOptions {
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
  /** So many appends may wait for a commit; one more is refused. */
  readonly maxQueuedAppends?: number;
  /** How long a write waits for another process's. */
  readonly busyTimeoutMilliseconds?: number;
  /** A full disk, for tests. */
  readonly maxPageCount?: number;
  /** Readings in the log of arrivals before any are settled, at least; for tests. */
  readonly leastSettled?: number;
  /** A disk that is slow, or fails, for tests. */
  readonly sync?: () => Promise<void>;
  readonly randomBytes?: RandomBytes;
  /** Told of what no caller learns: notes of devices that could not be written. */
  readonly onFault?: (error: unknown) => void;
}

const defaultBusyTimeout = 5_000;
/** How often a shared store looks for what other processes have added, while somebody listens. */
const watchMilliseconds = 100;

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
  readonly #tables: Tables;
  readonly #writes: SessionWrites;
  readonly #access: SqliteAccess;
  readonly #contacts: Contacts;
  readonly #commits: GroupCommit;
  readonly #walSync: WalSync;
  /** Of the process that settles. */
  #checkpoints: Checkpoints | undefined;
  /** Of what was added to the log, what Checkpoints has been told. */
  #countedBytes = 0;
  readonly #latest: LatestReadings;
  readonly #log: ArrivalLog;
  readonly #queries: ReadingQueries;
  readonly #masterKey: MasterKey;
  readonly #listeners = new Set<() => void>();
  readonly #shared: boolean;
  #watch: NodeJS.Timeout | undefined;
  /** What of the database memory was last brought up to: null before its first use. */
  #known: { readonly version: number; readonly ended: number; readonly rewrites: number } | null = null;
  readonly #rewrites;
  readonly #lastStoredTime: Micros | null;
  readonly #clockEpoch: number;
  #closed = false;

  constructor(connection: Connection, masterKey: MasterKey, lock: ServerLock | null, options: SqliteStoreOptions) {
    this.#connection = connection;
    this.#lock = lock;
    this.#masterKey = masterKey;
    this.#shared = options.shared ?? false;
    this.#clockEpoch = options.clockEpoch ?? readClockEpoch(connection) + 1;
    const samples = new ClockSamples(connection, this.#clockEpoch);
    const blocks = new Blocks(connection);
    const boots = new Boots(connection);
    this.#log = new ArrivalLog(connection, blocks, boots);
    const readings = new Readings(connection, this.#log, blocks, boots);
    const places = new KnownPlaces(connection);
    this.#tables = {
      generations: new Generations(connection, masterKey, () => places.forget()),
      devices: new Devices(connection),
      boots,
      samples,
      readings,
      times: new TimeResolver(samples, readings),
      places,
    };
    this.#queries = new ReadingQueries(connection, this.#log, blocks);
    this.#latest = new LatestReadings(connection, readings, boots);
    this.#access = new SqliteAccess(
      connection,
      { ask: (work) => this.#ask(work), change: (work) => this.#change(work) },
      (deviceId) => this.#tables.generations.deviceNumber(deviceId),
    );
    this.#rewrites = connection.one<{ rewrites: number }>('SELECT rewrites FROM settings');
    this.#writes = new SessionWrites(this.#tables, (device) => this.#latest.forget(device));
    const onFault = options.onFault ?? (() => {});
    this.#contacts = new Contacts(this.#writes, onFault);
    const settling =
      lock !== null || options.settles === true ? new Settling(this.#log, blocks, onFault, options.leastSettled) : null;
    this.#walSync = new WalSync(connection.path);
    if (settling !== null) {
      this.#checkpoints = new Checkpoints(connection.path, onFault);
      connection.execute(`PRAGMA wal_autocheckpoint = ${longestLog}`);
    }
    this.#commits = new GroupCommit({
      connection,
      maxQueued: options.maxQueuedAppends ?? 10_000,
      busyTimeoutMilliseconds: options.busyTimeoutMilliseconds ?? defaultBusyTimeout,
      takeLazy: () => this.#contacts.take(),
      hasLazy: () => this.#contacts.any,
      begun: () => this.#catchUp(),
      finish: () => this.#finish(settling),
      failed: () => settling?.failed(),
      sync: options.sync ?? (() => this.#walSync.sync()),
      onFault,
    });
    // A server looks at every boot now, not while devices wait; a command that never asks need not.
    if (lock !== null || options.shared) this.#catchUp();
    if (settling !== null) this.#skipNumbersAtRisk();
    const times = [readLastStoredTime(connection), this.#log.lastReceivedAt(), this.#latest.lastReceivedAt()];
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
    this.#requireOpen();
    const line = note && { audit: this.#access.audit, note };
    try {
      return {
        readings: await removeDevice(this.#connection, this.#tables, deviceId, line),
      };
    } catch (error) {
      throw asStoreError(error);
    }
  }

  listDevices(query: DevicesQuery = {}): Promise<readonly DeviceSummary[]> {
    return this.#ask(() => {
      const devices = this.#tables.devices.list(query);
      this.#catchUp();
      return devices.map((facts) => this.#summary(facts));
    });
  }

  countDevices(): Promise<number> {
    return this.#ask(() => this.#tables.devices.count());
  }

  describeDevice(deviceId: string): Promise<DeviceReport | null> {
    return this.#ask(() => {
      const facts = this.#tables.devices.find(deviceId);
      if (facts === undefined) return null;
      this.#catchUp();
      const counts = this.#connection.snapshot(() => this.#tables.readings.count(facts.device));
      return { ...this.#summary(facts), ...counts };
    });
  }

  deviceKeys(deviceId: string): Promise<readonly DeviceKey[]> {
    return this.#ask(() => this.#tables.generations.keys(deviceId));
  }

  endedGenerations(cursor: number): Promise<EndedGenerations> {
    return this.#ask(() => this.#tables.generations.ended(cursor));
  }

  endedGenerationsCursor(): Promise<number> {
    return this.#ask(() => this.#tables.generations.endedCursor());
  }

  async confirmGeneration(owner: SessionOwner): Promise<void> {
    // Nearly always: nothing to write.
    if (await this.#ask(() => this.#tables.generations.isCurrent(owner))) return;
    this.#requireOpen();
    await this.#commits.submit(() => this.#tables.generations.confirm(owner));
  }

  claimHandshake(claim: HandshakeClaim, mayPass: () => void = () => {}): Promise<boolean> {
    if (this.#shared) return this.#claimBeforeOthers(claim, mayPass);
    return this.#ask(() => {
      this.#tables.places.forgetSession(claim.generation);
      const written = this.#tables.boots.greatestUptime(claim.deviceId, claim.bootId);
      const accepted = this.#contacts.claim(claim, written, mayPass);
      if (this.#contacts.pressing) this.#commits.schedule();
      return accepted;
    });
  }

  noteContact(note: ContactNote): void {
    if (this.#closed) return;
    this.#contacts.note(note);
    if (this.#contacts.pressing) this.#commits.schedule();
  }

  flush(): void {
    if (!this.#closed && this.#contacts.waiting) this.#commits.schedule();
  }

  async appendReadings(append: ReadingsAppend): Promise<AppendResult> {
    this.#requireOpen();
    const { stored, duplicates } = await this.#commits.submit(
      () => this.#writes.append(append),
      ({ stored, device, receivedAt, latest }) => {
        if (stored === 0) return;
        this.#latest.arrived(device, receivedAt, latest);
        this.#tellListeners();
      },
    );
    return { stored, duplicates };
  }

  latestReading(deviceId?: string): Promise<StoredReading | null> {
    return this.#ask(() => {
      this.#catchUp();
      if (deviceId === undefined) return this.#latest.read(undefined);
      const device = this.#tables.generations.deviceNumber(deviceId);
      return device === undefined ? null : this.#latest.read(device);
    });
  }

  listReadings(query: ReadingsQuery): Promise<readonly StoredReading[] | null> {
    return this.#ask(() => {
      this.#catchUp();
      const device = this.#tables.generations.deviceNumber(query.deviceId);
      return device === undefined ? null : this.#queries.list(device, query);
    });
  }

  async *readingColumns({ deviceId, from, to }: Omit<ReadingsQuery, 'order' | 'limit'>): AsyncIterable<ReadingColumns> {
    const device = await this.#ask(() => {
      this.#catchUp();
      return this.#tables.generations.deviceNumber(deviceId);
    });
    if (device === undefined) return;
    try {
      yield* this.#queries.columns(device, from, to);
    } catch (error) {
      throw asStoreError(error);
    }
  }

  lastArrival(): Promise<number> {
    return this.#ask(() => {
      this.#catchUp();
      return this.#log.last;
    });
  }

  arrivalsAfter(cursor: number, limit: number, deviceId?: string): Promise<readonly Arrival[]> {
    return this.#ask(() => {
      this.#catchUp();
      if (deviceId === undefined) return this.#queries.arrivalsAfter(cursor, limit);
      const device = this.#tables.generations.deviceNumber(deviceId);
      return device === undefined ? [] : this.#queries.arrivalsAfter(cursor, limit, device);
    });
  }

  onArrivals(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#shared) this.#watch ??= setInterval(() => this.#lookForOthers(), watchMilliseconds).unref();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearInterval(this.#watch);
      this.#watch = undefined;
    };
  }

  clockSamples(deviceId: string): Promise<readonly ClockSample[]> {
    return this.#ask(() => {
      const device = this.#tables.generations.deviceNumber(deviceId);
      const boot = device === undefined ? undefined : this.#tables.boots.newestOf(device);
      return boot === undefined ? [] : this.#tables.samples.all(boot);
    });
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
    return {
      ...this.#commits.figures,
      waitingWrites: this.#commits.waiting,
      unsettledReadings: this.#log.pending.readings,
    };
  }

  /** For tests: the disk has this many pages of 4,096 bytes for the database. */
  limitPages(pages: number): void {
    this.#connection.limitPages(pages);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#watch);
    try {
      await this.#commits.close();
      this.#walSync.close();
      await this.#checkpoints?.close();
      this.#connection.close();
    } finally {
      this.#lock?.release();
    }
  }

  #summary({ device, summary }: DeviceFacts): DeviceSummary {
    return {
      ...summary,
      latestReadingAt: this.#latest.of(device)?.time ?? null,
      lastReceivedAt: this.#latest.receivedAt(device),
    };
  }

  /** Brings what memory knows up to what the database holds: all of it at first, later what other processes did. */
  #catchUp(): void {
    const version = this.#connection.dataVersion();
    if (version === this.#known?.version) return;
    const ended = this.#tables.generations.endedCursor();
    const rewrites = this.#rewrites()?.rewrites ?? 0;
    const known = this.#known;
    if (known?.ended !== ended) this.#tables.places.forget();
    const visit: ArrivalVisitor = (row, block) => this.#latest.arrivedRow(row, block);
    let added = false;
    if (known?.rewrites !== rewrites) {
      this.#latest.load();
      this.#log.load(visit);
    } else added = this.#log.catchUp(visit);
    // Last: what failed half-way is looked at again.
    this.#known = { version, ended, rewrites };
    if (added) this.#tellListeners();
  }

  #skipNumbersAtRisk(): void {
    try {
      this.#connection.transaction(() => {
        this.#catchUp();
        this.#log.skipNumbersAtRisk();
      });
    } catch (error) {
      // A full disk can be read from all the same.
      if (storageFault(error) === undefined) throw error;
    }
  }

  /** The last step of a commit's transaction; what it gives follows the commit. */
  #finish(settling: Settling | null): () => void {
    const settled = settling?.step();
    const { addedBytes } = this.#log;
    return () => {
      settled?.();
      this.#checkpoints?.committed(addedBytes - this.#countedBytes);
      this.#countedBytes = addedBytes;
    };
  }

  #tellListeners(): void {
    for (const listener of this.#listeners) listener();
  }

  #lookForOthers(): void {
    try {
      if (!this.#closed) this.#catchUp();
    } catch {
      // A store that fails says so to whoever asks it for something.
    }
  }

  /** Written at once: another worker may be sent the same message, and has to find the claim in the database. */
  async #claimBeforeOthers(claim: HandshakeClaim, mayPass: () => void): Promise<boolean> {
    this.#tables.places.forgetSession(claim.generation);
    // Most replays end here, without a transaction.
    if (await this.#ask(() => this.#writes.isClaimed(claim))) return false;
    const ask = askedOnce(mayPass);
    return this.#commits.submit(() => {
      if (this.#writes.isClaimed(claim)) return false;
      ask();
      this.#writes.claim(claim);
      return true;
    });
  }

  #requireOpen(): void {
    if (this.#closed) throw refusedWrite('the store is closed');
  }

  async #ask<T>(work: () => T): Promise<T> {
    this.#requireOpen();
    try {
      return work();
    } catch (error) {
      throw asStoreError(error);
    }
  }

  #change<T>(work: () => T): Promise<T> {
    return this.#ask(() => this.#connection.transaction(work));
  }

  #audited(note: AuditNote | undefined, work: () => void): Promise<void> {
    return this.#change(() => {
      work();
      if (note) this.#access.audit.append(note);
    });
  }
}

/** For a write, which runs again when its commit could not be made: the same answer without asking again. */
function askedOnce(ask: () => void): () => void {
  let answer: (() => void) | undefined;
  return () => {
    if (answer !== undefined) return answer();
    try {
      ask();
      answer = () => {};
    } catch (error) {
      answer = () => {
        throw error;
      };
    }
    answer();
  };
}
