import { resolve } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import { defaultConfig, type ServerConfig, version } from '../config.ts';
import { second } from '../time.ts';
import { loadLogger } from './logger.ts';
import type { StoreOptions } from './options.ts';
import { type RunningServer, startServer } from './running-server.ts';
import { untilStopped } from './until-stopped.ts';

export interface ServeOptions extends StoreOptions {
  readonly host: string;
  readonly port: number;
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

export async function serve(options: ServeOptions): Promise<void> {
  const { logger } = await loadLogger(options.logLevel);
  const stopped = untilStopped();
  const server = await startServer({
    ...options,
    acceptClock: options.acceptClock === true,
    logger,
    config: configOf(options),
  });
  await greet(server, options, logger);
  await stopped;
  logger.info('stopping: answering what has arrived');
  await server.close();
  logger.info('stopped: every receipt that was sent is in the store');
}

function configOf(options: ServeOptions): ServerConfig {
  return {
    ...defaultConfig,
    settings: {
      sampleInterval: options.sampleInterval * second,
      localTimeInterval: options.localTimeInterval * second,
      ntpInterval: options.ntpInterval * second,
    },
    openReads: options.openReads === true,
    allowedHosts: options.allowedHost ?? [],
    maxSessions: options.maxSessions,
    maxConnections: options.maxConnections,
  };
}

/** What a person needs first, after the addresses: where the data is, where the readings are, and what to do next. */
async function greet({ store, port }: RunningServer, options: ServeOptions, logger: FastifyBaseLogger): Promise<void> {
  logger.info(`sealpost ${version} is ready; its data is in ${resolve(options.data)}`);
  logger.info(`readings: http://localhost:${port}/sensor${options.openReads ? '' : ' (on this machine only)'}`);
  if ((await store.listDevices()).length > 0) return;
  logger.info('no device yet. Add one, in another terminal: bin/sealpost device add greenhouse');
  logger.info('no board at hand? Stop this and see three simulated ones: npm run demo');
}
