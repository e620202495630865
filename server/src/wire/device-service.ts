import type { DescMessage } from '@bufbuild/protobuf';
import { type ConnectRouter, createContextKey, createContextValues, type HandlerContext } from '@connectrpc/connect';
import { fastifyConnectPlugin } from '@connectrpc/connect-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DeviceService } from '#gen/device_service_pb.js';
import { greatestBodyBytes } from '../config.ts';
import type { DeviceCalls } from '../ingest/device-calls.ts';
import { decodeBinary, decodeJson } from './decode.ts';
import { asConnectError, asSealpostError, refuseCompressed, sendError, sendTooLarge } from './errors.ts';
import type { RefusalLog } from './refusal-log.ts';

const inputs: ReadonlyMap<string, DescMessage> = new Map(
  DeviceService.methods.map(({ name, input }) => [`/${DeviceService.typeName}/${name}`, input]),
);

/** For the log of refusals. */
const remoteAddress = createContextKey('', { description: 'remote address' });

/** DeviceService over Connect unary (docs/protocol-v1.md, section 8). */
export async function deviceServiceRoutes(
  app: FastifyInstance,
  options: { calls: DeviceCalls; refusals: RefusalLog },
): Promise<void> {
  const { calls, refusals } = options;
  app.addHook('preHandler', (request, reply) => readBody(request, reply, refusals));

  const answer = async <Response>(context: HandlerContext, run: () => Promise<Response>): Promise<Response> => {
    try {
      return await run();
    } catch (thrown) {
      const error = asSealpostError(thrown);
      refusals.refused(context.method.name, context.values.get(remoteAddress), error);
      throw asConnectError(error);
    }
  };
  await app.register(fastifyConnectPlugin, {
    connect: true,
    grpc: false,
    grpcWeb: false,
    acceptCompression: [],
    readMaxBytes: greatestBodyBytes,
    contextValues: (request) => createContextValues().set(remoteAddress, request.ip),
    routes: (router: ConnectRouter) =>
      router.service(DeviceService, {
        keyExchange: (request, context) => answer(context, () => calls.keyExchange(request)),
        sensorUpload: ({ record }, context) =>
          answer(context, async () => ({ record: await calls.sensorUpload(record) })),
        timeSync: ({ record }, context) => answer(context, async () => ({ record: await calls.timeSync(record) })),
      }),
  });
}

/**
 * Reads and checks the body before connect-fastify sees it, which would answer a truncated message with 500, show a bad
 * JSON value in its error, and, like Fastify's bodyLimit, know nothing of the other's limit. What passes here is given
 * on as bytes.
 */
async function readBody(request: FastifyRequest, reply: FastifyReply, refusals: RefusalLog): Promise<unknown> {
  const schema = inputs.get(request.routeOptions.url ?? '');
  const decode = decoderOf(request.headers['content-type']);
  // Connect's handler has the answers for another method and another content type.
  if (!schema || !decode || request.method !== 'POST') return undefined;
  try {
    refuseCompressed(request.headers['content-encoding']);
    const body = await readBounded(request);
    if (!body) return sendTooLarge(reply, 'connectStatus');
    decode(schema, body);
    request.body = body;
    return undefined;
  } catch (thrown) {
    const error = asSealpostError(thrown);
    refusals.refused(request.url, request.ip, error);
    return sendError(reply, 'connectStatus', error);
  }
}

function decoderOf(contentType: string | undefined): typeof decodeBinary | undefined {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/proto') return decodeBinary;
  return type === 'application/json' ? decodeJson : undefined;
}

/** The whole body, or undefined when it is too large. */
async function readBounded({ raw, headers }: FastifyRequest): Promise<Buffer | undefined> {
  if (Number(headers['content-length'] ?? 0) > greatestBodyBytes) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of raw as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > greatestBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size);
}
