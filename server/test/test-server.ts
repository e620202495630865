import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InjectOptions } from 'fastify';
import { pino } from 'pino';
import { commandLine } from '../src/access/actor.ts';
import type { Role } from '../src/access/grant.ts';
import { TokenAdmin, type TokenTerms } from '../src/access/token-admin.ts';
import { type App, build } from '../src/app.ts';
import { buildDate, defaultConfig, type ServerConfig } from '../src/config.ts';
import { generateEphemeral } from '../src/crypto/noise.ts';
import { openSqliteStore, type SqliteStoreOptions } from '../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../src/store/store.ts';
import type { Micros } from '../src/time.ts';
import { TestClock } from './clock.ts';

export interface TestServerOptions {
  readonly config?: Partial<ServerConfig>;
  readonly store?: Partial<SqliteStoreOptions>;
  readonly clock?: TestClock;
  readonly clockFloor?: Micros;
  /** Go on with an earlier test server's data. */
  readonly dataDirectory?: string;
}

/** The whole server on a data directory of its own, without a socket, at a time that the test sets. */
export class TestServer {
  readonly app: App;
  readonly store: Store;
  readonly clock: TestClock;
  readonly dataDirectory: string;
  /** Every line it logged. */
  readonly log: string[];

  private constructor(parts: { app: App; store: Store; clock: TestClock; dataDirectory: string; log: string[] }) {
    ({ app: this.app, store: this.store, clock: this.clock, dataDirectory: this.dataDirectory, log: this.log } = parts);
  }

  static async start(options: TestServerOptions = {}): Promise<TestServer> {
    const dataDirectory = options.dataDirectory ?? mkdtempSync(join(tmpdir(), 'sealpost-server-'));
    const clock = options.clock ?? new TestClock();
    const store = await openSqliteStore({ dataDirectory, randomBytes, ...options.store });
    const log: string[] = [];
    const app = await build(
      { ...defaultConfig, ...options.config },
      {
        store,
        clock,
        randomBytes,
        generateEphemeral,
        logger: pino({ level: 'debug' }, { write: (line: string) => log.push(line) }),
        clockFloor: options.clockFloor ?? Math.max(buildDate, store.lastStoredTime() ?? 0),
      },
    );
    return new TestServer({ app, store, clock, dataDirectory, log });
  }

  /** Registers a device and gives its key. */
  async addDevice(deviceId: string): Promise<Buffer> {
    const key = randomBytes(32);
    await this.store.addDevice(deviceId, Buffer.from(key), this.clock.wall());
    return key;
  }

  /** Makes a token and gives it. */
  addToken(name: string, role: Role, terms: Partial<TokenTerms> = {}): Promise<string> {
    const admin = new TokenAdmin({ store: this.store.access, now: () => this.clock.wall(), randomBytes });
    return admin.add({ name, role, ...terms }, commandLine);
  }

  /** Sends a request to it as if from the machine itself. */
  async request(options: InjectOptions): Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }> {
    const response = await this.app.http.inject({ remoteAddress: '127.0.0.1', ...options });
    return { status: response.statusCode, headers: response.headers, body: response.rawPayload };
  }

  /** GET as JSON. */
  async get(url: string, headers: Record<string, string> = {}): Promise<{ status: number; json: unknown }> {
    const { status, body } = await this.request({
      method: 'GET',
      url,
      headers: { host: 'localhost:8080', ...headers },
    });
    return { status, json: JSON.parse(body.toString()) };
  }

  async stop(): Promise<void> {
    await this.app.http.close();
    await this.store.close();
  }

  async stopAndRemove(): Promise<void> {
    await this.stop();
    rmSync(this.dataDirectory, { recursive: true, force: true });
  }
}
