import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { Access } from './access/access.ts';
import { DeviceAdmin } from './access/device-admin.ts';
import { httpLimits, type ServerConfig } from './config.ts';
import type { EphemeralKeyPair } from './crypto/noise.ts';
import { CallCounts } from './ingest/call-counts.ts';
import { type DeviceCalls, deviceCalls } from './ingest/device-calls.ts';
import { EndedSessions } from './ingest/ended-sessions.ts';
import { nodeFigures, type ProcessFigures, type ServerFigures } from './readers/metrics-figures.ts';
import { readers } from './readers/readers.ts';
import { type ClockSighting, ServerClock } from './readings/server-clock.ts';
import { HandshakeLimiter } from './session/handshake-limiter.ts';
import { HandshakePace } from './session/handshake-pace.ts';
import { SessionTable } from './session/session-table.ts';
import type { Store } from './store/store.ts';
import type { Clock, Micros } from './time.ts';
import { BodyReader } from './wire/body.ts';
import { deviceAdminServiceRoutes } from './wire/device-admin-service.ts';
import { deviceServiceRoutes } from './wire/device-service.ts';
import { answerClientError, answerErrors, answerFrameworkError } from './wire/http-errors.ts';
import { loginRoutes } from './wire/login.ts';
import { metricsRoutes } from './wire/metrics.ts';
import { documentRoutes } from './wire/openapi.ts';
import { pageRoutes } from './wire/page.ts';
import { ReaderGuard } from './wire/reader-guard.ts';
import { readingServiceRoutes } from './wire/reading-service.ts';
import { RefusalLog } from './wire/refusal-log.ts';
import { restRoutes } from './wire/rest.ts';
import { restReadingsRoutes } from './wire/rest-readings.ts';

/** Everything that a server does not make itself. */
export interface AppDependencies {
  readonly store: Store;
  readonly clock: Clock;
  readonly randomBytes: (size: number) => Buffer;
  readonly generateEphemeral: () => EphemeralKeyPair;
  readonly logger: FastifyBaseLogger;
  /** A clock before this is wrong. */
  readonly clockFloor: Micros;
  /** For one of several workers: the clock as another process of this server saw it. */
  readonly clockSighting?: ClockSighting;
  /** For one of several workers: the figures of all of them. */
  readonly serverFigures?: () => Promise<ServerFigures>;
  /** Open connections that lead to the app by another listener than its own. */
  readonly otherConnections?: () => number;
}

export interface App {
  readonly http: FastifyInstance;
  /** The device calls without HTTP. */
  readonly calls: DeviceCalls;
  readonly sessions: SessionTable;
  figures(): Promise<ProcessFigures>;
  /**
   * Ends the sessions of keys that have ended, has the store write what waits, watches the clock, and looks after those
   * who watch. Whoever runs the app calls it once a second.
   */
  upkeep(): Promise<void>;
}

/** Puts the stages together, in the order in which data flows through them. Nothing listens yet. */
export async function build(config: ServerConfig, dependencies: AppDependencies): Promise<App> {
  const { store, clock, randomBytes, logger } = dependencies;
  const sessions = new SessionTable({
    clock,
    randomBytes,
    maxSessions: config.maxSessions,
    maxHotSessions: Math.min(2048, config.maxSessions),
  });
  const ended = await EndedSessions.begin(store, sessions);
  const serverClock = new ServerClock({
    clock,
    floor: dependencies.clockFloor,
    epoch: store.clockEpoch(),
    ...(dependencies.clockSighting && { sighting: dependencies.clockSighting }),
    onChange: (sentence) => logger.warn(sentence),
  });
  const counts = new CallCounts();
  const calls = deviceCalls({
    store,
    sessions,
    ended,
    limiter: new HandshakeLimiter(clock),
    pace: new HandshakePace(),
    clock: serverClock,
    counts,
    config,
    generateEphemeral: dependencies.generateEphemeral,
    decoyKey: randomBytes(32),
  });
  const refusals = new RefusalLog(logger, clock);
  const bodies = new BodyReader();
  const access = new Access({ store: store.access, clock, randomBytes, now: () => serverClock.now().wall });
  const forReaders = readers(store, clock, () => counts.handshakes + counts.uploads + counts.clockReports);
  const guard = new ReaderGuard({ ...config, access });
  const admin = new DeviceAdmin({ store, now: () => clock.wall() });

  const limits = httpLimits(config);
  const http = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    // Nothing is logged by request, so that no request needs a logger of its own.
    childLoggerFactory: (parent) => parent,
    keepAliveTimeout: limits.keepAliveTimeout,
    requestTimeout: limits.requestTimeout,
    http: limits,
    routerOptions: { maxParamLength: 100 },
    forceCloseConnections: 'idle',
    clientErrorHandler: answerClientError,
    frameworkErrors: answerFrameworkError,
  });
  // With several workers one too many ends here, instead of going from worker to worker until one has room.
  Object.assign(http.server, { maxConnections: config.maxConnections, dropMaxConnection: true });
  const figures = async (): Promise<ProcessFigures> => ({
    ...nodeFigures(),
    connections: (await connectionsOf(http)) + (dependencies.otherConnections?.() ?? 0),
    sessions: sessions.size,
    watchers: forReaders.hub.watchers,
    clockTrusted: serverClock.now().wall !== null,
    calls: counts,
    refusals: refusals.counts,
    store: store.figures(),
  });
  const serverFigures = async () => ({ processes: [{ figures: await figures() }] });
  answerErrors(http, refusals);
  documentRoutes(http);
  await http.register(deviceServiceRoutes, { calls, refusals, bodies });
  await http.register(restRoutes, { calls, bodies });
  await http.register(restReadingsRoutes, { readers: forReaders, guard, refusals, clock });
  await http.register(readingServiceRoutes, { readers: forReaders, guard, refusals, bodies });
  await http.register(deviceAdminServiceRoutes, { admin, randomBytes, guard, refusals, bodies });
  await http.register(metricsRoutes, {
    store,
    lane: forReaders.lane,
    guard,
    figures: dependencies.serverFigures ?? serverFigures,
  });
  await http.register(loginRoutes, { ...config, access, bodies });
  await http.register(pageRoutes, { config, guard });
  return {
    http,
    calls,
    sessions,
    figures,
    upkeep: async () => {
      // A step shows best when the clock is looked at often.
      serverClock.now();
      store.flush();
      await forReaders.hub.upkeep();
      await ended.drop();
    },
  };
}

function connectionsOf({ server }: FastifyInstance): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}
