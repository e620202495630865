import { toJson } from '@bufbuild/protobuf';
import type { FastifyInstance, FastifyReply } from 'fastify';
import {
  KeyExchangeRequestSchema,
  KeyExchangeResponseSchema,
  SensorUploadRequestSchema,
} from '#gen/device_service_pb.js';
import { deviceWithin } from '../access/grant.ts';
import { SealpostError } from '../errors.ts';
import type { DeviceCalls } from '../ingest/device-calls.ts';
import { latestReading } from '../readers/latest-reading.ts';
import { checkDeviceId } from '../session/device-id.ts';
import type { Store } from '../store/store.ts';
import type { BodyReader } from './body.ts';
import { decodeJson } from './decode.ts';
import { decodeEnvelope, encodeEnvelope } from './envelope.ts';
import { sendTooLarge } from './errors.ts';
import { grantOf, type ReaderGuard } from './reader-guard.ts';

const json = 'application/json; charset=utf-8';

/** What GET /dh-key-exchange answers. */
export const protocolDescription = {
  protocol: 'Noise_NNpsk0_25519_AESGCM_SHA256',
  version: 'sealpost.v1',
  prologue: 'the ASCII bytes "sealpost.v1", one zero byte, then the device id',
  records: 'A128CBC-HS256 (RFC 7518, section 5.2.3), keys by HKDF-Expand (RFC 5869) from Noise Split()',
  document: 'docs/protocol-v1.md',
} as const;

export interface RestOptions {
  readonly calls: DeviceCalls;
  readonly store: Store;
  readonly bodies: BodyReader;
  readonly guard: ReaderGuard;
}

/** The REST twins of KeyExchange and SensorUpload, and the latest reading (docs/protocol-v1.md, section 8). */
export async function restRoutes(app: FastifyInstance, { calls, store, bodies, guard }: RestOptions): Promise<void> {
  app.removeAllContentTypeParsers();
  // The body is read by the handler, by the one reader that bounds them all.
  app.addContentTypeParser('application/json', (_request, _payload, done) => done(null));

  app.get('/dh-key-exchange', async () => protocolDescription);
  app.post('/dh-key-exchange', async (request, reply) => {
    const body = await bodies.read(request.raw);
    if (!body) return sendTooLarge(reply);
    const response = await calls.keyExchange(decodeJson(KeyExchangeRequestSchema, body));
    return sendJson(reply, toJson(KeyExchangeResponseSchema, response));
  });
  app.post('/sensor', async (request, reply) => {
    const body = await bodies.read(request.raw);
    if (!body) return sendTooLarge(reply);
    const record = await calls.sensorUpload(decodeEnvelope(SensorUploadRequestSchema, body, true));
    return reply.type(json).send(encodeEnvelope(record, true));
  });
  const guarded = { onRequest: guard.reader };
  app.get<{ Querystring: { device?: string | string[] } }>('/sensor', guarded, async (request, reply) => {
    const { device: asked } = request.query;
    if (Array.isArray(asked)) throw new SealpostError('invalid_argument', 'device: expected once');
    if (asked !== undefined) checkDeviceId(asked);
    const device = deviceWithin(grantOf(request), asked);
    const latest = await latestReading(store, device);
    if (!latest) throw notFound(device);
    return sendJson(reply.header('cache-control', 'no-store'), latest);
  });
}

function notFound(device: string | undefined): SealpostError {
  return new SealpostError(
    'not_found',
    device === undefined
      ? 'no reading yet: add a device with `sealpost device add`, or see simulated ones with `npm run demo`'
      : 'no such device, or no reading of it yet: `sealpost device list` shows which there are',
  );
}

function sendJson(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.type(json).send(JSON.stringify(value));
}
