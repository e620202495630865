import type { DescMessage } from '@bufbuild/protobuf';
import { type ConnectRouter, createContextKey, createContextValues, type HandlerContext } from '@connectrpc/connect';
import { fastifyConnectPlugin } from '@connectrpc/connect-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DeviceService } from '#gen/device_service_pb.js';
import { greatestBodyBytes } from '../config.ts';
import { invalidField } from '../errors.ts';
import type { DeviceCalls } from '../ingest/device-calls.ts';
import type { BodyReader } from './body.ts';
import { decodeBinary, decodeJson } from './decode.ts';
import { asConnectError, asSealpostError, sendError, sendTooLarge } from './errors.ts';
import type { RefusalLog } from './refusal-log.ts';

const longestTimeoutMilliseconds = 3_600_000;

const inputs: ReadonlyMap<string, DescMessage> = new Map(
  DeviceService.methods.map(({ name, input }) => [`/${DeviceService.typeName}/${name}`, input]),
);

export interface DeviceServiceOptions {
  readonly calls: DeviceCalls;
  readonly refusals: RefusalLog;
  readonly bodies: BodyReader;
}

/** For the log of refusals. */
const remoteAddress = createContextKey('', { description: 'remote address' });

/** DeviceService over Connect unary (docs/protocol-v1.md, section 8). */
export async function deviceServiceRoutes(app: FastifyInstance, options: DeviceServiceOptions): Promise<void> {
  const { calls, refusals } = options;
  app.addHook('preHandler', (request, reply) => readBody(request, reply, options));

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
async function readBody(
  request: FastifyRequest,
  reply: FastifyReply,
  { refusals, bodies }: DeviceServiceOptions,
): Promise<unknown> {
  const schema = inputs.get(request.routeOptions.url ?? '');
  const decode = decoderOf(request.headers['content-type']);
  // Connect's handler has the answers for another method and another content type.
  if (!schema || !decode || request.method !== 'POST') return undefined;
  try {
    checkTimeout(request);
    const body = await bodies.read(request);
    if (!body) return sendTooLarge(reply, 'connectStatus');
    decode(schema, body);
    request.body = body;
    return undefined;
  } catch (thrown) {
    const error = asSealpostError(thrown);
    refusals.refused(request.routeOptions.url ?? '', request.ip, error);
    return sendError(reply, 'connectStatus', error);
  }
}

/**
 * Connect's own check shows the value, and a time-out of over 24 days overflows a timer of Node's, which prints a
 * warning for each such call: longer than any answer takes is as good as none.
 */
function checkTimeout({ raw, headers }: FastifyRequest): void {
  const timeout = headers['connect-timeout-ms'];
  if (timeout === undefined) return;
  if (typeof timeout !== 'string' || !/^\d{1,10}$/.test(timeout))
    throw invalidField('connect-timeout-ms', 'at most 10 digits');
  if (Number(timeout) > longestTimeoutMilliseconds) delete raw.headers['connect-timeout-ms'];
}

function decoderOf(contentType: string | undefined): typeof decodeBinary | undefined {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/proto') return decodeBinary;
  return type === 'application/json' ? decodeJson : undefined;
}
