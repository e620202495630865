import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Micros } from '../../time.ts';
import type { AccessStore, AuditNote } from '../access-store.ts';
import type { MasterKey, RandomBytes } from '../master-key.ts';
import type {
  AppendResult,
  ContactNote,
  DeviceKey,
  DeviceReport,
  DeviceSummary,
  EndedGenerations,
  HandshakeClaim,
  ReadingsAppend,
  SessionOwner,
  Store,
  StoredReading,
} from '../store.ts';
import { Boots } from './boots.ts';
import { ClockSamples } from './clock-samples.ts';
import { type Connection, makeDataDirectory, openConnection } from './connection.ts';
import { Contacts } from './contacts.ts';
import { type DeviceFacts, Devices } from './devices.ts';
import { asOpeningError, asStoreError, refusedWrite } from './errors.ts';
import { Generations } from './generations.ts';
import { GroupCommit } from './group-commit.ts';
import { KnownPlaces } from './known-places.ts';
import { LatestReadings } from './latest-readings.ts';
import { migrate } from './migrate.ts';
import { Readings } from './readings.ts';
import { removeDevice } from './remove-device.ts';
import { TimeResolver } from './resolve-time.ts';
import { acquireServerLock, type ServerLock } from './server-lock.ts';
import { SessionWrites, type Tables } from './session-writes.ts';
import { SqliteAccess } from './sqlite-access.ts';
import { readClockEpoch, readLastStoredTime } from './stored-times.ts';
import { unlockMasterKey } from './unlock-master-key.ts';

export interface SqliteStoreOptions {
  /** Made, for its owner only, when it is not there. */
  readonly dataDirectory: string;
  /** `master.key` in the data directory unless said. */
  readonly masterKeyFile?: string;
  /** For the server: be the only one on this data directory, until the store is closed. */
  readonly exclusive?: boolean;
  /** For a worker: be one of several processes that are one server together. Another one is `exclusive`. */
  readonly shared?: boolean;
  /** For a worker: do the background work that one of them does for all. */
  readonly settles?: boolean;
  /** For a worker: the epoch of clock samples that began with its server. A new one begins unless said. */
  readonly clockEpoch?: number;
  /** So many appends may wait for a commit; one more is refused. */
  readonly maxQueuedAppends?: number;
  /** How long a write waits for another process's. */
  readonly busyTimeoutMilliseconds?: number;
  /** A full disk, for tests. */
  readonly maxPageCount?: number;
  readonly randomBytes?: RandomBytes;
  /** Told of what no caller learns: notes of devices that could not be written. */
  readonly onFault?: (error: unknown) => void;
}

/** Opens the store, made on the first run. Rejects with an OperatorError that says what to do. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const directory = makeDataDirectory(options.dataDirectory);
  const path = join(directory, 'sealpost.db');
  const lock = options.exclusive ? acquireServerLock(directory) : null;
  let connection: Connection | undefined;
  try {
    connection = openConnection(path, {
      busyTimeoutMilliseconds: options.busyTimeoutMilliseconds ?? 5_000,
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
  readonly #shared: boolean;
  readonly #tables: Tables;
  readonly #writes: SessionWrites;
  readonly #access: SqliteAccess;
  readonly #contacts: Contacts;
  readonly #commits: GroupCommit;
  readonly #latest: LatestReadings;
  /** The data version that #latest was loaded at; null before its first use. */
  #latestVersion: number | null = null;
  readonly #lastStoredTime: Micros | null;
  readonly #clockEpoch: number;
  #closed = false;

  constructor(connection: Connection, masterKey: MasterKey, lock: ServerLock | null, options: SqliteStoreOptions) {
    this.#connection = connection;
    this.#lock = lock;
    this.#shared = options.shared === true;
    this.#clockEpoch = options.clockEpoch ?? readClockEpoch(connection) + 1;
    const samples = new ClockSamples(connection, this.#clockEpoch);
    const readings = new Readings(connection);
    const places = new KnownPlaces(connection);
    this.#tables = {
      generations: new Generations(connection, masterKey, () => places.forget()),
      devices: new Devices(connection),
      boots: new Boots(connection),
      samples,
      readings,
      times: new TimeResolver(samples, readings),
      places,
    };
    this.#latest = new LatestReadings(connection);
    this.#access = new SqliteAccess(
      connection,
      { ask: (work) => this.#ask(work), change: (work) => this.#change(work) },
      (deviceId) => this.#tables.generations.deviceNumber(deviceId),
    );
    this.#writes = new SessionWrites(this.#tables, (device) => this.#latest.forget(device));
    const onFault = options.onFault ?? (() => {});
    this.#contacts = new Contacts(this.#writes, onFault);
    this.#commits = new GroupCommit({
      connection,
      maxQueued: options.maxQueuedAppends ?? 10_000,
      takeLazy: () => this.#contacts.take(),
      begun: () => this.#tables.places.begin(),
      onFault,
    });
    this.#lastStoredTime = readLastStoredTime(connection);
    // A server looks at every boot now, not while devices wait; a command that never asks need not.
    if (lock !== null) this.#freshLatest();
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

  listDevices(): Promise<readonly DeviceSummary[]> {
    return this.#ask(() => this.#tables.devices.list().map((facts) => this.#summary(facts)));
  }

  describeDevice(deviceId: string): Promise<DeviceReport | null> {
    return this.#ask(() => {
      const facts = this.#tables.devices.find(deviceId);
      return facts === undefined ? null : { ...this.#summary(facts), ...this.#tables.readings.count(facts.device) };
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
      ({ latest }) => {
        if (latest !== null) this.#latest.offer(latest);
      },
    );
    return { stored, duplicates };
  }

  latestReading(deviceId?: string): Promise<StoredReading | null> {
    return this.#ask(() => {
      if (deviceId === undefined) return this.#freshLatest().read(undefined);
      const device = this.#tables.generations.deviceNumber(deviceId);
      return device === undefined ? null : this.#freshLatest().read(device);
    });
  }

  lastStoredTime(): Micros | null {
    return this.#lastStoredTime;
  }

  clockEpoch(): number {
    return this.#clockEpoch;
  }

  /** For tests: the disk has this many pages of 4,096 bytes for the database. */
  limitPages(pages: number): void {
    this.#connection.limitPages(pages);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#commits.commit();
      this.#connection.close();
    } finally {
      this.#lock?.release();
    }
  }

  #summary({ device, summary }: DeviceFacts): DeviceSummary {
    return { ...summary, latestReadingAt: this.#freshLatest().of(device)?.time ?? null };
  }

  /** The latest readings, loaded before their first use, and again when another process may have added some. */
  #freshLatest(): LatestReadings {
    // Beside a server nobody else adds readings, and what others remove shows by itself.
    if (this.#latestVersion !== null && this.#lock !== null) return this.#latest;
    const version = this.#connection.dataVersion();
    if (version !== this.#latestVersion) {
      this.#latest.load();
      this.#latestVersion = version;
    }
    return this.#latest;
  }

  /** Written at once: another worker may be sent the same message, and has to find the claim in the database. */
  async #claimBeforeOthers(claim: HandshakeClaim, mayPass: () => void): Promise<boolean> {
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
