import type { FastifyInstance } from 'fastify';
import { deviceWithin } from '../access/grant.ts';
import { invalidField, SealpostError } from '../errors.ts';
import type { ServerFigures } from '../readers/metrics-figures.ts';
import type { ReaderLane } from '../readers/reader-share.ts';
import type { Store } from '../store/store.ts';
import { grantOf, type ReaderGuard } from './reader-guard.ts';
import { metricsSchema } from './rest-schemas.ts';

export interface MetricsOptions {
  readonly guard: Pick<ReaderGuard, 'reader'>;
  readonly store: Pick<Store, 'listDevices' | 'countDevices' | 'latestReading'>;
  /** For what is said of devices: the server's health is told however many wait. */
  readonly lane: ReaderLane;
  readonly figures: () => Promise<ServerFigures>;
}

interface Answer {
  readonly contentType: string;
  readonly text: string;
}

type Query = { Querystring: { devices?: string | string[] } };

/**
 * GET /metrics in Prometheus's text format: the health of the server, and with `?devices=1` each device's latest values.
 * prom-client is loaded when somebody asks for the first time. However many ask at once, one answer is made for all.
 */
export async function metricsRoutes(app: FastifyInstance, options: MetricsOptions): Promise<void> {
  const { guard, store, lane, figures } = options;
  const answers = new Map<boolean, Promise<Answer>>();

  async function answer(withDevices: boolean): Promise<Answer> {
    const { Metrics } = await import('../readers/metrics.ts');
    const metrics = new Metrics();
    metrics.addServer(await figures());
    const { contentType } = metrics;
    if (!withDevices) return { contentType, text: await metrics.text() };
    await (await import('../readers/metrics-devices.ts')).addDevices(metrics, store, lane);
    return { contentType, text: await lane.step(() => metrics.text()) };
  }

  app.get<Query>('/metrics', { onRequest: guard.reader, schema: metricsSchema }, async (request, reply) => {
    if (deviceWithin(grantOf(request), undefined) !== undefined) {
      throw new SealpostError('permission_denied', 'this token reads one device only, and these are metrics of all', {
        reason: 'token of one device',
      });
    }
    const { devices } = request.query;
    if (devices !== undefined && devices !== '1') throw invalidField('devices', '1 or nothing');
    const withDevices = devices === '1';
    const made = answers.get(withDevices) ?? answer(withDevices).finally(() => answers.delete(withDevices));
    answers.set(withDevices, made);
    const { contentType, text } = await made;
    return reply.type(contentType).send(text);
  });
}
