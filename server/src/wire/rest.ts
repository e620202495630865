import { toJson } from '@bufbuild/protobuf';
import type { FastifyInstance, FastifyReply } from 'fastify';
import {
  KeyExchangeRequestSchema,
  KeyExchangeResponseSchema,
  SensorUploadRequestSchema,
} from '#gen/device_service_pb.js';
import type { DeviceCalls } from '../ingest/device-calls.ts';
import type { BodyReader } from './body.ts';
import { decodeJson } from './decode.ts';
import { decodeEnvelope, encodeEnvelope } from './envelope.ts';
import { sendTooLarge } from './errors.ts';

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
  readonly bodies: BodyReader;
}

const tags = ['devices'];
const twinOf = (call: string) => `The JSON twin of ${call}, for devices and tools: docs/protocol-v1.md, section 8.`;

/** The REST twins of KeyExchange and SensorUpload (docs/protocol-v1.md, section 8). */
export async function restRoutes(app: FastifyInstance, { calls, bodies }: RestOptions): Promise<void> {
  app.removeAllContentTypeParsers();
  // The body is read by the handler, by the one reader that bounds them all.
  app.addContentTypeParser('application/json', (_request, _payload, done) => done(null));

  app.get('/dh-key-exchange', { schema: { tags, summary: 'What a handshake is' } }, async () => protocolDescription);
  app.post(
    '/dh-key-exchange',
    { schema: { tags, summary: 'Shake hands', description: twinOf('KeyExchange') } },
    async (request, reply) => {
      const body = await bodies.read(request.raw);
      if (!body) return sendTooLarge(reply);
      const response = await calls.keyExchange(decodeJson(KeyExchangeRequestSchema, body));
      return sendJson(reply, toJson(KeyExchangeResponseSchema, response));
    },
  );
  app.post(
    '/sensor',
    { schema: { tags, summary: 'Upload a sealed batch', description: twinOf('SensorUpload') } },
    async (request, reply) => {
      const body = await bodies.read(request.raw);
      if (!body) return sendTooLarge(reply);
      const record = await calls.sensorUpload(decodeEnvelope(SensorUploadRequestSchema, body, true));
      return reply.type(json).send(encodeEnvelope(record, true));
    },
  );
}

function sendJson(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.type(json).send(JSON.stringify(value));
}
