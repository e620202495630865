import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { isIPv6 } from 'node:net';
import { hostname } from 'node:os';
import type { FastifyBaseLogger } from 'fastify';
import { type App, build } from '../app.ts';
import { buildDate, type ServerConfig } from '../config.ts';
import { generateEphemeral } from '../crypto/noise.ts';
import { OperatorError } from '../errors.ts';
import type { ServerFigures } from '../readers/metrics-figures.ts';
import type { ClockSighting } from '../readings/server-clock.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import { systemClock } from '../time.ts';
import { SecureListener } from '../wire/secure-listener.ts';
import type { StoreOptions } from './options.ts';
import { readTlsFiles, type TlsOptions } from './tls-files.ts';

export interface ServerStart extends StoreOptions, TlsOptions {
  readonly host: string;
  readonly port: number;
  readonly config: ServerConfig;
  readonly logger: FastifyBaseLogger;
  /** Trust this machine's clock though the store has later times. */
  readonly acceptClock: boolean;
  /** For one of several processes that are one server. */
  readonly worker?: WorkerPart;
}

export interface WorkerPart {
  /** Whether this one does the store's background work. */
  readonly settles: boolean;
  /** The epoch of clock samples that began with the server. */
  readonly firstEpoch: number;
  readonly clock: ClockSighting;
  /** Resolves when all of them are about to listen: told that this one is. */
  readonly mayListen: () => Promise<void>;
  /** The figures of all workers. */
  readonly serverFigures: () => Promise<ServerFigures>;
}

export interface RunningServer {
  readonly app: App;
  readonly store: Store;
  /** As URLs. */
  readonly addresses: readonly string[];
  /** The port, also when 0 was asked for. */
  readonly port: number;
  /** Takes no more, answers what has arrived, commits, and closes. */
  close(): Promise<void>;
}

const longestDrainMilliseconds = 5_000;

/** Opens the store, builds the app and listens. What fails on the way is undone, and is an OperatorError. */
export async function startServer(start: ServerStart): Promise<RunningServer> {
  const { data, masterKeyFile, host, config, logger, worker } = start;
  const undo: (() => unknown)[] = [];
  try {
    const tls = readTlsFiles(start, systemClock.wall());
    for (const warning of tls?.warnings ?? []) logger.warn(warning);
    const store = await openSqliteStore({
      dataDirectory: data,
      ...(worker === undefined
        ? { exclusive: true }
        : { shared: true, settles: worker.settles, clockEpoch: worker.firstEpoch }),
      randomBytes,
      onFault: (error) => logger.error({ err: error }, 'what devices said of themselves could not be stored'),
      maxQueuedAppends: config.maxQueuedAppends,
      ...(masterKeyFile !== undefined && { masterKeyFile }),
    });
    undo.push(() => store.close());
    const lastStored = start.acceptClock ? null : store.lastStoredTime();
    let secure: SecureListener | undefined;
    const app = await build(config, {
      store,
      clock: systemClock,
      randomBytes,
      generateEphemeral,
      logger,
      clockFloor: Math.max(buildDate, lastStored ?? 0),
      otherConnections: () => secure?.connections ?? 0,
      ...(worker !== undefined && { clockSighting: worker.clock, serverFigures: worker.serverFigures }),
    });
    secure = tls && new SecureListener(app.http, { ...tls, config });
    // At the same time: what both wait for ends when the app closes.
    undo.push(() => Promise.all([closed(app.http.server, app.http), secure && closed(secure, secure)]));
    await worker?.mayListen();
    const addresses = await listen(app, logger, host, start.port);
    if (secure) addresses.push(await listenSecurely(secure, host, start.tlsPort ?? 0));
    const upkeep = setInterval(onceASecond(app, logger), 1000);
    undo.push(() => clearInterval(upkeep));
    const address = app.http.server.address();
    return {
      app,
      store,
      addresses,
      port: typeof address === 'object' && address ? address.port : start.port,
      close: () => undoAll(undo),
    };
  } catch (error) {
    await undoAll(undo);
    throw error;
  }
}

type Connections = Pick<Server, 'closeIdleConnections' | 'closeAllConnections'>;

/**
 * Answers what has arrived and closes. Connections on which nothing whole arrives don't hold this up: node:http stops
 * its own time limits when a server closes. Nor do those that devices keep: it looks for idle ones only once, and one
 * whose last answer comes after that would stay for the whole keep-alive time.
 */
async function closed(connections: Connections, server: { close(): Promise<unknown> }): Promise<void> {
  const sweep = setInterval(() => connections.closeIdleConnections(), 50);
  const late = setTimeout(() => connections.closeAllConnections(), longestDrainMilliseconds);
  try {
    await server.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(late);
  }
}

/** The app's upkeep; a store that fails is logged when it begins to, not each second. */
function onceASecond(app: App, logger: FastifyBaseLogger): () => Promise<void> {
  let failing = false;
  return async () => {
    try {
      await app.upkeep();
      failing = false;
    } catch (error) {
      if (!failing) logger.error({ err: error }, 'the store could not be asked which keys have ended');
      failing = true;
    }
  };
}

/** Newest first: the timer, the connections, the store. */
async function undoAll(undo: (() => unknown)[]): Promise<void> {
  for (const step of undo.splice(0).reverse()) await step();
}

/** Gives the addresses. Fastify would log them; whoever greets does that, for several workers once. */
async function listen(app: App, logger: FastifyBaseLogger, host: string, port: number): Promise<string[]> {
  const addresses: string[] = [];
  const { level } = logger;
  logger.level = 'silent';
  try {
    await app.http.listen({
      host,
      port,
      listenTextResolver(address) {
        addresses.push(address);
        return address;
      },
    });
    return addresses;
  } catch (error) {
    throw asListeningError(error, host, port, '--port');
  } finally {
    logger.level = level;
  }
}

async function listenSecurely(secure: SecureListener, host: string, port: number): Promise<string> {
  try {
    const listening = await secure.listen(host, port);
    const everywhere = host === '0.0.0.0' || host === '::';
    return `https://${everywhere ? hostname() : hostInUrl(host)}:${listening}`;
  } catch (error) {
    throw asListeningError(error, host, port, '--tls-port');
  }
}

function asListeningError(error: unknown, host: string, port: number, option: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const place = `port ${port} on ${hostInUrl(host)}`;
  const sentences: Record<string, string> = {
    EADDRINUSE: `${place} is taken, by another sealpost or another program: choose one with ${option}`,
    EACCES: `${place} may not be opened by this user: choose one above 1023 with ${option}`,
    EADDRNOTAVAIL: `this machine has no address ${host}: choose one with --host`,
    ENOTFOUND: `${host} is no address: choose one with --host`,
  };
  const sentence = typeof code === 'string' ? sentences[code] : undefined;
  return sentence === undefined ? error : new OperatorError(sentence, { cause: error });
}

function hostInUrl(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}
