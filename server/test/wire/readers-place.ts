import Fastify, { type FastifyInstance } from 'fastify';
import { pino } from 'pino';
import type { Access } from '../../src/access/access.ts';
import { type Readers, readers } from '../../src/readers/readers.ts';
import { BodyReader } from '../../src/wire/body.ts';
import { answerErrors } from '../../src/wire/http-errors.ts';
import { documentRoutes } from '../../src/wire/openapi.ts';
import { ReaderGuard } from '../../src/wire/reader-guard.ts';
import { readingServiceRoutes } from '../../src/wire/reading-service.ts';
import { RefusalLog } from '../../src/wire/refusal-log.ts';
import { restReadingsRoutes } from '../../src/wire/rest-readings.ts';
import { TestClock } from '../clock.ts';
import { MemoryStore } from '../readers/memory-store.ts';

/** The routes that people read from, open to all, over a store in memory. */
export class ReadersPlace {
  readonly store = new MemoryStore();
  readonly clock = new TestClock();
  readonly readers: Readers = readers(this.store, this.clock, () => 0);
  readonly http: FastifyInstance = Fastify({ forceCloseConnections: 'idle' });
  /** Every line that was logged of refusals. */
  readonly log: string[] = [];

  /** `access` is for those who show a token. */
  static async open(access: Partial<Access> = {}): Promise<ReadersPlace> {
    const place = new ReadersPlace();
    const { clock, http } = place;
    const logger = pino({ level: 'debug' }, { write: (line: string) => place.log.push(line) });
    const refusals = new RefusalLog(logger, clock);
    const guard = new ReaderGuard({ access: access as Access, openReads: true, allowedHosts: [], tls: false });
    answerErrors(http, refusals);
    documentRoutes(http);
    await http.register(restReadingsRoutes, { readers: place.readers, guard, refusals, clock });
    await http.register(readingServiceRoutes, { readers: place.readers, guard, refusals, bodies: new BodyReader() });
    return place;
  }

  /** GET as text. */
  async get(url: string) {
    const response = await this.http.inject({ method: 'GET', url, headers: { host: 'localhost' } });
    return { status: response.statusCode, headers: response.headers, text: response.payload };
  }

  /** GET of what is JSON. */
  async getJson(url: string): Promise<{ status: number; json: unknown }> {
    const { status, text } = await this.get(url);
    return { status, json: JSON.parse(text) };
  }

  /** Listens on a port of its own, and gives its address. */
  listen(): Promise<string> {
    return this.http.listen({ host: '127.0.0.1', port: 0 });
  }

  close(): Promise<void> {
    return this.http.close();
  }
}
