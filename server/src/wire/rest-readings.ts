import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { deviceWithin, type Grant } from '../access/grant.ts';
import { invalidField, SealpostError } from '../errors.ts';
import { checkRange } from '../readers/bounds.ts';
import { devicesAfter } from '../readers/device-views.ts';
import { history } from '../readers/history.ts';
import { latestReading } from '../readers/latest-reading.ts';
import type { Readers } from '../readers/readers.ts';
import { type Clock, day, rfc3339 } from '../time.ts';
import { asSealpostError } from './errors.ts';
import { flatDevice } from './flat-device.ts';
import { type HistoryFormat, historyFormats } from './history-formats.ts';
import { deviceIn, limitIn, parametersOf, type RawQuery, timeIn } from './query.ts';
import { grantOf, type ReaderGuard } from './reader-guard.ts';
import type { RefusalLog } from './refusal-log.ts';
import { addressOf } from './request-source.ts';
import { deviceLimits, devicesSchema, historyLimits, historySchema, sensorSchema } from './rest-schemas.ts';

const json = 'application/json; charset=utf-8';
/** Milliseconds after which a connection is ended that takes nothing of what is sent. */
const stalledAfter = 60_000;

export interface RestReadingsOptions {
  readonly readers: Pick<Readers, 'store' | 'lane'>;
  readonly guard: Pick<ReaderGuard, 'reader'>;
  readonly refusals: RefusalLog;
  readonly clock: Pick<Clock, 'wall'>;
}

type Query = { Querystring: RawQuery };

/** What people read with a browser or curl: the latest reading, a device's history, the devices. */
export async function restReadingsRoutes(
  app: FastifyInstance,
  { readers: { store, lane }, guard, refusals, clock }: RestReadingsOptions,
): Promise<void> {
  app.addHook('onRequest', guard.reader);

  app.get<Query>('/sensor', { schema: sensorSchema }, async (request, reply) => {
    const asked = request.query.device;
    if (Array.isArray(asked)) throw invalidField('device', 'once');
    const device = deviceWithin(grantOf(request), deviceIn(asked));
    const latest = await latestReading(store, device);
    if (!latest) throw noReading(device);
    return reply.type(json).send(JSON.stringify(latest));
  });

  app.get<Query>('/sensor/history', { schema: historySchema, exposeHeadRoute: false }, async (request, reply) => {
    const { device, range, limit, format } = historyQuery(request, clock);
    const steps = history(store, lane, device, range, limit);
    // Before anything is sent: there may be no such device.
    const first = await steps.next();
    reply.raw.setTimeout(stalledAfter, () => {
      // Else it is the server that is late.
      if (reply.raw.writableLength > 0) reply.raw.destroy();
    });
    if (format.fileType) {
      const days = [range.from, range.to].map((time) => rfc3339(time).slice(0, 10)).join('-to-');
      reply.header('content-disposition', `attachment; filename="sealpost-${device}-${days}.${format.fileType}"`);
    }
    const body = Readable.from(format.text(whileValid(grantOf(request), first, steps)));
    const remoteAddress = addressOf(request);
    // It is too late for an answer, and so nobody else logs it.
    body.once('error', (error) => refusals.refused('GET /sensor/history', remoteAddress, asSealpostError(error)));
    return reply.type(format.contentType).send(body);
  });

  app.get<Query>('/devices', { schema: devicesSchema }, async (request, reply) => {
    const { after, limit: asked } = parametersOf(request.query, ['after', 'limit']);
    const limit = limitIn(asked, deviceLimits.usual, deviceLimits.greatest);
    const behind = deviceIn(after) ?? '';
    const devices = await lane.step(() => devicesAfter(store, grantOf(request), behind, limit));
    return reply.type(json).send(JSON.stringify(devices.map(flatDevice)));
  });
}

function historyQuery(request: FastifyRequest<Query>, clock: Pick<Clock, 'wall'>) {
  const query = parametersOf(request.query, ['device', 'from', 'to', 'limit', 'format']);
  const device = deviceWithin(grantOf(request), deviceIn(query.device));
  if (device === undefined) throw invalidField('device', 'the id of a device; GET /devices shows which there are');
  const to = query.to === undefined ? clock.wall() : timeIn('to', query.to);
  const from = query.from === undefined ? to - day : timeIn('from', query.from);
  checkRange({ from, to }, { from: 'from', to: 'to' });
  const format: HistoryFormat | undefined = historyFormats.get(query.format ?? 'json');
  if (!format) throw invalidField('format', 'json or csv');
  const limit = limitIn(query.limit, historyLimits.usual, historyLimits.greatest);
  return { device, range: { from, to }, limit, format };
}

function noReading(device: string | undefined): SealpostError {
  return new SealpostError(
    'not_found',
    device === undefined
      ? 'no reading yet: add a device with `sealpost device add`, or see simulated ones with `npm run demo`'
      : 'no such device, or no reading of it yet: `sealpost device list` shows which there are',
  );
}

/** An iteration whose first step has been taken, for as long as the grant holds: an export may go on for hours. */
async function* whileValid<Step>(grant: Grant, first: IteratorResult<Step, void>, rest: AsyncIterable<Step>) {
  if (first.done) return;
  yield first.value;
  for await (const step of rest) {
    if (!(await grant.stillValid())) {
      throw new SealpostError('unauthenticated', 'the token or login behind this answer has ended: show another', {
        reason: 'token or login ended while it was exported',
      });
    }
    yield step;
  }
}
