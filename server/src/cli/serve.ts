import { resolve } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import { defaultConfig, type ServerConfig, version } from '../config.ts';
import { second } from '../time.ts';
import { loadLogger } from './logger.ts';
import type { StoreOptions } from './options.ts';
import type { TlsOptions } from './tls-files.ts';
import { untilStopped } from './until-stopped.ts';

export interface ServeOptions extends StoreOptions, TlsOptions {
  readonly host: string;
  readonly port: number;
  readonly workers: number;
  readonly openReads?: true;
  readonly allowedHost?: readonly string[];
  readonly acceptClock?: true;
  readonly sampleInterval: number;
  readonly localTimeInterval: number;
  readonly ntpInterval: number;
  readonly maxSessions: number;
  readonly maxConnections: number;
  readonly logLevel: string;
}

/** A server that takes connections, in this process or in workers. */
export interface Serving {
  readonly addresses: readonly string[];
  /** The port, also when 0 was asked for. */
  readonly port: number;
  readonly anyDevice: boolean;
  /** Takes no more, answers what has arrived, commits, and closes. */
  close(): Promise<void>;
}

export async function serve(options: ServeOptions): Promise<void> {
  const { logger } = await loadLogger(options.logLevel);
  const stopped = untilStopped();
  // The primary of several workers does not carry a server, nor a server the means to look after workers.
  const serving = await (options.workers === 1
    ? serveHere(options, logger)
    : (await import('./workers.ts')).startWorkers(options, logger));
  greet(serving, options, logger);
  await stopped;
  logger.info('stopping: answering what has arrived');
  await serving.close();
  logger.info('stopped: every receipt that was sent is in the store');
}

async function serveHere(options: ServeOptions, logger: FastifyBaseLogger): Promise<Serving> {
  const { startServer } = await import('./running-server.ts');
  const server = await startServer({
    ...options,
    acceptClock: options.acceptClock === true,
    logger,
    config: configOf(options),
  });
  const { addresses, port } = server;
  const anyDevice = (await server.store.countDevices()) > 0;
  return { addresses, port, anyDevice, close: () => server.close() };
}

/** The configuration of one process: of several workers each has its share of what the machine can hold. */
export function configOf(options: ServeOptions): ServerConfig {
  const { workers, maxSessions, maxConnections } = options;
  return {
    ...defaultConfig,
    settings: {
      sampleInterval: options.sampleInterval * second,
      localTimeInterval: options.localTimeInterval * second,
      ntpInterval: options.ntpInterval * second,
    },
    openReads: options.openReads === true,
    allowedHosts: options.allowedHost ?? [],
    tls: options.tlsCert !== undefined,
    maxSessions: Math.ceil(maxSessions / workers),
    maxConnections: Math.ceil(maxConnections / workers),
  };
}

/** What a person needs first: the addresses, where the data is, where the readings are, and what to do next. */
function greet({ addresses, port, anyDevice }: Serving, options: ServeOptions, logger: FastifyBaseLogger): void {
  for (const address of addresses) logger.info(`listening at ${address}`);
  logger.info(`sealpost ${version} is ready; its data is in ${resolve(options.data)}`);
  const where = `http://localhost:${port} in a browser, http://localhost:${port}/sensor as JSON`;
  logger.info(`readings: ${where}${options.openReads ? '' : ' (elsewhere with a token)'}`);
  if (anyDevice) return;
  logger.info('no device yet. Add one, in another terminal: bin/sealpost device add greenhouse');
  logger.info('no board at hand? Stop this and see three simulated ones: npm run demo');
}
