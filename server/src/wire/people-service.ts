import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { ConnectError, createContextKey, type Interceptor, type ServiceImpl } from '@connectrpc/connect';
import { fastifyConnectPlugin } from '@connectrpc/connect-fastify';
import type { FastifyInstance, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import { greatestBodyBytes } from '../config.ts';
import type { SealpostError } from '../errors.ts';
import type { BodyReader } from './body.ts';
import { asConnectError, asSealpostError, bodyTooLarge, mustEnd } from './errors.ts';
import { grantsOf } from './reader-guard.ts';
import type { RefusalLog } from './refusal-log.ts';
import { checkBody, checkQuery } from './request-message.ts';

export interface PeopleServiceOptions<Service extends DescService> {
  readonly service: Service;
  readonly calls: ServiceImpl<Service>;
  /** `reader` or `admin` of the guard. */
  readonly guard: onRequestAsyncHookHandler;
  readonly refusals: RefusalLog;
  readonly bodies: BodyReader;
}

/** Milliseconds after which a connection is ended that takes nothing of a stream. It hears something every 15 s. */
const stalledAfter = 60_000;

const noBytes: Buffer = Buffer.alloc(0);
const refusal = createContextKey<SealpostError | undefined>(undefined, { description: 'refusal' });

/** For the log of refusals and the audit: `context.values.get(remoteAddress)`. */
export const remoteAddress = createContextKey('', { description: 'remote address' });

/**
 * A service of people's over Connect, gRPC-Web and gRPC, by connect-fastify. Bodies are read and checked before it sees
 * them, as docs/protocol-v1.md, section 9, has it; what is wrong with one is then said in the protocol of the call.
 */
export async function peopleServiceRoutes<Service extends DescService>(
  app: FastifyInstance,
  { service, calls, guard, refusals, bodies }: PeopleServiceOptions<Service>,
): Promise<void> {
  const methods = new Map<string | undefined, DescMethod>(
    service.methods.map((method) => [`/${service.typeName}/${method.name}`, method]),
  );
  const refused = new WeakMap<FastifyRequest, SealpostError>();

  // Connect takes its own content types and no other, whose bodies Fastify would read before anybody looks at them.
  app.removeAllContentTypeParsers();
  app.addHook('onRequest', guard);
  app.addHook('preHandler', async (request, reply) => {
    const method = methods.get(request.routeOptions.url);
    if (!method) return;
    if (method.methodKind === 'server_streaming') reply.raw.setTimeout(stalledAfter, () => reply.raw.destroy());
    try {
      request.body = oneChunk(await checkedBody(method, request, bodies));
    } catch (thrown) {
      refused.set(request, asSealpostError(thrown));
      // What is left of a body is neither read nor held, so the connection ends.
      if (mustEnd(request.raw)) reply.header('connection', 'close');
      request.body = oneChunk(noBytes);
    }
  });

  const inTheWiresWords: Interceptor = (next) => async (request) => {
    const told = (thrown: unknown) => {
      if (thrown instanceof ConnectError) return thrown;
      const error = asSealpostError(thrown);
      refusals.refused(request.method.name, request.contextValues.get(remoteAddress), error);
      return asConnectError(error);
    };
    try {
      const response = await next(request);
      return response.stream ? { ...response, message: retold(response.message, told) } : response;
    } catch (thrown) {
      throw told(thrown);
    }
  };
  await app.register(fastifyConnectPlugin, {
    acceptCompression: [],
    readMaxBytes: greatestBodyBytes,
    interceptors: [inTheWiresWords],
    contextValues: (request) => grantsOf(request).set(remoteAddress, request.ip).set(refusal, refused.get(request)),
    requestGate: (context) => {
      const error = context.values.get(refusal);
      if (!error) return;
      refusals.refused(context.method.name, context.values.get(remoteAddress), error);
      throw asConnectError(error);
    },
    routes: (router) => router.service(service, calls),
  });
}

async function checkedBody(method: DescMethod, request: FastifyRequest, bodies: BodyReader): Promise<Buffer> {
  if (request.method === 'GET') {
    checkQuery(method.input, request.url);
    return noBytes;
  }
  const body = await bodies.read(request.raw);
  if (!body) throw bodyTooLarge();
  checkBody(method.input, request.headers['content-type'], body);
  return body;
}

async function* oneChunk(body: Buffer) {
  yield body;
}

/** Passes a stream on, and what it throws in other words. */
async function* retold<Message>(messages: AsyncIterable<Message>, told: (thrown: unknown) => ConnectError) {
  try {
    yield* messages;
  } catch (thrown) {
    throw told(thrown);
  }
}
