import type { DescMethod, DescService } from '@bufbuild/protobuf';
import {
  Code,
  ConnectError,
  type ContextValues,
  createConnectRouter,
  createContextKey,
  type Interceptor,
  type ServiceImpl,
} from '@connectrpc/connect';
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from '@connectrpc/connect-node';
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import { greatestBodyBytes } from '../config.ts';
import { invalidField, type SealpostError } from '../errors.ts';
import type { BodyReader } from './body.ts';
import { checkCallHeaders } from './call-headers.ts';
import { asConnectError, asSealpostError, bodyTooLarge, mustEnd } from './errors.ts';
import { grantsOf } from './reader-guard.ts';
import type { RefusalLog } from './refusal-log.ts';
import { checkBody, checkQuery } from './request-message.ts';
import { addressOf } from './request-source.ts';

export interface PeopleServiceOptions<Service extends DescService> {
  readonly service: Service;
  readonly calls: ServiceImpl<Service>;
  /** `reader` or `admin` of the guard. */
  readonly guard: onRequestAsyncHookHandler;
  readonly refusals: RefusalLog;
  readonly bodies: BodyReader;
}

/** Milliseconds after which a connection is ended that takes nothing of an answer. A stream says something every 15 s. */
const stalledAfter = 60_000;

const noBytes: Buffer = Buffer.alloc(0);
const refusal = createContextKey<SealpostError | undefined>(undefined, { description: 'refusal' });
/** Those of the three protocols; whatever else comes is 415. */
const contentTypes = /^application\/(?:(?:connect\+)?(?:proto|json)|grpc(?:-web)?(?:\+(?:proto|json))?)\s*(?:;|$)/i;

/** For the log of refusals and the audit: `context.values.get(remoteAddress)`. */
export const remoteAddress = createContextKey('', { description: 'remote address' });

/**
 * A service of people's over Connect, gRPC-Web and gRPC, by Connect's own handlers. Bodies are read and checked before
 * these see them, as docs/protocol-v1.md, section 9, has it; what is wrong with one is then said in the protocol of the
 * call. connect-fastify would do the rest, but writes each connection that ends half-way to the console.
 */
export async function peopleServiceRoutes<Service extends DescService>(
  app: FastifyInstance,
  { service, calls, guard, refusals, bodies }: PeopleServiceOptions<Service>,
): Promise<void> {
  const router = createConnectRouter({
    acceptCompression: [],
    readMaxBytes: greatestBodyBytes,
    interceptors: [inTheWiresWords(refusals)],
    requestGate: ({ method, values }) => {
      const error = values.get(refusal);
      if (!error) return;
      refusals.refused(method.name, values.get(remoteAddress), error);
      throw asConnectError(error);
    },
  }).service(service, calls);

  app.removeAllContentTypeParsers();
  app.addContentTypeParser(contentTypes, (_request, _payload, done) => done(null));
  app.addHook('onRequest', guard);
  for (const handler of router.handlers) {
    const { method, requestPath } = handler;
    app.all(requestPath, async (request, reply) => {
      const values = grantsOf(request).set(remoteAddress, addressOf(request));
      let body = noBytes;
      try {
        body = await checkedBody(method, request, bodies);
      } catch (thrown) {
        values.set(refusal, asSealpostError(thrown));
        // What is left of a body is neither read nor held, so the connection ends.
        if (mustEnd(request.raw)) reply.header('connection', 'close');
      }
      const answer = await handler({ ...asUniversal(request, reply, values), body: oneChunk(body) });
      reply.raw.setTimeout(stalledAfter, () => reply.raw.destroy());
      for (const [name, value] of Object.entries(reply.getHeaders())) {
        if (value !== undefined) reply.raw.setHeader(name, value);
      }
      reply.hijack();
      // It rejects when the other end has gone, who hears of nothing any more.
      await universalResponseToNodeResponse(answer, reply.raw).catch(() => reply.raw.destroy());
    });
  }
}

/** Says in Connect's words what a call throws, and logs it. */
function inTheWiresWords(refusals: RefusalLog): Interceptor {
  return (next) => async (request) => {
    const told = (thrown: unknown) => {
      if (thrown instanceof ConnectError) return thrown;
      // Whoever listened has left: nobody's fault, and nobody hears of it.
      if (request.signal.aborted || isLeft(thrown)) return new ConnectError('the caller has left', Code.Canceled);
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
}

function asUniversal(request: FastifyRequest, reply: FastifyReply, values: ContextValues) {
  try {
    return universalRequestFromNodeRequest(request.raw, reply.raw, undefined, values);
  } catch {
    // Connect wants a whole URL.
    throw invalidField('host', 'the name or address of this server');
  }
}

/** What Node says of writing to a stream that its reader has reset. */
function isLeft(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && /^ERR_(?:HTTP2|STREAM)_/.test(String(thrown.code));
}

async function checkedBody(method: DescMethod, request: FastifyRequest, bodies: BodyReader): Promise<Buffer> {
  checkCallHeaders(request.raw.headers);
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
