import type { FastifyInstance } from 'fastify';
import { ReadingService } from '#gen/reading_service_pb.js';
import type { Readers } from '../readers/readers.ts';
import type { BodyReader } from './body.ts';
import { peopleServiceRoutes } from './people-service.ts';
import type { ReaderGuard } from './reader-guard.ts';
import { readingCalls } from './reading-calls.ts';
import type { RefusalLog } from './refusal-log.ts';

export interface ReadingServiceOptions {
  readonly readers: Readers;
  readonly guard: Pick<ReaderGuard, 'reader'>;
  readonly refusals: RefusalLog;
  readonly bodies: BodyReader;
}

/** ReadingService, for readers. */
export async function readingServiceRoutes(app: FastifyInstance, options: ReadingServiceOptions): Promise<void> {
  const { readers, guard, refusals, bodies } = options;
  app.addHook('preClose', async () => readers.hub.close());
  await peopleServiceRoutes(app, {
    service: ReadingService,
    calls: readingCalls(readers),
    guard: guard.reader,
    refusals,
    bodies,
  });
}
