import type { ClockSample } from '../../readings/clock-model.ts';
import type { Micros } from '../../time.ts';
import type {
  Arrival,
  DeviceReport,
  DeviceSummary,
  DevicesQuery,
  ReadingColumns,
  ReadingsQuery,
  StoredReading,
} from '../store.ts';
import type { ArrivalLog, ArrivalVisitor } from './arrival-log.ts';
import type { Blocks } from './blocks.ts';
import type { Connection } from './connection.ts';
import type { DeviceFacts } from './devices.ts';
import { asStoreError } from './errors.ts';
import { LatestReadings } from './latest-readings.ts';
import { ReadingQueries } from './reading-queries.ts';
import type { Appended, Tables } from './session-writes.ts';
import type { StoreRunner } from './store-runner.ts';

/** How often a shared store looks for what other processes have added, while somebody listens. */
const watchMilliseconds = 100;

/**
 * What readers ask of the SQLite store, and what memory has for their answers: it learns of this process's appends once
 * they are durable, and of what other processes did before each answer and each commit.
 */
export class SqliteReaders {
  readonly #connection: Connection;
  readonly #runner: StoreRunner;
  readonly #tables: Tables;
  readonly #log: ArrivalLog;
  readonly #queries: ReadingQueries;
  readonly #latest: LatestReadings;
  readonly #rewrites;
  /** What of the database memory was last brought up to: null before its first use. */
  #known: { readonly version: number; readonly ended: number; readonly rewrites: number } | null = null;
  /** Other processes append too. */
  readonly #shared: boolean;
  readonly #listeners = new Set<() => void>();
  #watch: NodeJS.Timeout | undefined;

  constructor(
    connection: Connection,
    runner: StoreRunner,
    parts: { readonly tables: Tables; readonly log: ArrivalLog; readonly blocks: Blocks; readonly shared: boolean },
  ) {
    const { tables, log, blocks, shared } = parts;
    this.#connection = connection;
    this.#runner = runner;
    this.#tables = tables;
    this.#log = log;
    this.#shared = shared;
    this.#queries = new ReadingQueries(connection, log, blocks);
    this.#latest = new LatestReadings(connection, tables.readings);
    this.#rewrites = connection.one<{ rewrites: number }>('SELECT rewrites FROM settings');
  }

  listDevices(query: DevicesQuery = {}): Promise<readonly DeviceSummary[]> {
    return this.#runner.ask(() => {
      const devices = this.#tables.devices.list(query);
      this.catchUp();
      return devices.map((facts) => this.#summary(facts));
    });
  }

  countDevices(): Promise<number> {
    return this.#runner.ask(() => this.#tables.devices.count());
  }

  describeDevice(deviceId: string): Promise<DeviceReport | null> {
    return this.#runner.ask(() => {
      const facts = this.#tables.devices.find(deviceId);
      if (facts === undefined) return null;
      this.catchUp();
      const counts = this.#connection.snapshot(() => this.#tables.readings.count(facts.device));
      return { ...this.#summary(facts), ...counts };
    });
  }

  latestReading(deviceId?: string): Promise<StoredReading | null> {
    return this.#runner.ask(() => {
      this.catchUp();
      if (deviceId === undefined) return this.#latest.read(undefined);
      const device = this.#tables.generations.deviceNumber(deviceId);
      return device === undefined ? null : this.#latest.read(device);
    });
  }

  listReadings(query: ReadingsQuery): Promise<readonly StoredReading[] | null> {
    return this.#runner.ask(() => {
      this.catchUp();
      const device = this.#tables.generations.deviceNumber(query.deviceId);
      return device === undefined ? null : this.#queries.list(device, query);
    });
  }

  async *readingColumns({
    deviceId,
    from,
    to,
  }: Pick<ReadingsQuery, 'deviceId' | 'from' | 'to'>): AsyncIterable<ReadingColumns> {
    const device = await this.#runner.ask(() => {
      this.catchUp();
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
    return this.#runner.ask(() => {
      this.catchUp();
      return this.#log.last;
    });
  }

  arrivalsAfter(cursor: number, limit: number, deviceId?: string): Promise<readonly Arrival[]> {
    return this.#runner.ask(() => {
      this.catchUp();
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
    return this.#runner.ask(() => {
      const device = this.#tables.generations.deviceNumber(deviceId);
      const boot = device === undefined ? undefined : this.#tables.boots.newestOf(device);
      return boot === undefined ? [] : this.#tables.samples.all(boot);
    });
  }

  /** Brings what memory knows up to what the database holds: all of it at first, later what other processes did. */
  catchUp(): void {
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

  /** What this process has appended is on the disk. */
  arrived({ stored, device, receivedAt, latest }: Appended): void {
    if (stored === 0) return;
    this.#latest.arrived(device, receivedAt, latest);
    this.#tellListeners();
  }

  /** Readings of this device have other times now. */
  resolvedAgain(device: number): void {
    this.#latest.forget(device);
  }

  /** When the newest reading that memory knows of was received, or null. */
  lastReceivedAt(): Micros | null {
    return this.#latest.lastReceivedAt();
  }

  close(): void {
    clearInterval(this.#watch);
  }

  #summary({ device, summary }: DeviceFacts): DeviceSummary {
    return {
      ...summary,
      latestReadingAt: this.#latest.of(device)?.time ?? null,
      lastReceivedAt: this.#latest.receivedAt(device),
    };
  }

  #tellListeners(): void {
    for (const listener of this.#listeners) listener();
  }

  #lookForOthers(): void {
    try {
      if (!this.#runner.closed) this.catchUp();
    } catch {
      // A store that fails says so to whoever asks it for something.
    }
  }
}
