import { type ConnectRouter, createContextKey, createContextValues, type HandlerContext } from '@connectrpc/connect';
import { fastifyConnectPlugin } from '@connectrpc/connect-fastify';
import type { FastifyInstance } from 'fastify';
import { DeviceService } from '#gen/device_service_pb.js';
import { greatestBodyBytes } from '../config.ts';
import type { DeviceCalls } from '../ingest/device-calls.ts';
import type { BodyReader } from './body.ts';
import { partsOf, recordOf } from './envelope.ts';
import { asConnectError, asSealpostError } from './errors.ts';
import type { RefusalLog } from './refusal-log.ts';
import { addressOf } from './request-source.ts';
import { takeUnary } from './unary-call.ts';
import { unaryMethods } from './unary-methods.ts';

export interface DeviceServiceOptions {
  readonly calls: DeviceCalls;
  readonly refusals: RefusalLog;
  readonly bodies: BodyReader;
}

/**
 * DeviceService over Connect (docs/protocol-v1.md, section 8). Unary POSTs, all that a device sends, are taken in a hook
 * by code that speaks Connect's unary protocol itself; connect-fastify answers what is left: other HTTP methods and
 * other content types.
 */
export async function deviceServiceRoutes(app: FastifyInstance, options: DeviceServiceOptions): Promise<void> {
  const methods = unaryMethods(options.calls);
  app.addHook('onRoute', (route) => {
    const method = methods.get(route.url);
    if (method) route.onRequest = takeUnary(method, options);
  });
  await app.register(connectRoutes, options);
}

/** For the log of refusals. */
const remoteAddress = createContextKey('', { description: 'remote address' });

/** The same service by connect-fastify alone. It takes any body that comes: see the hook above for what does not get here. */
export async function connectRoutes(
  app: FastifyInstance,
  { calls, refusals }: Pick<DeviceServiceOptions, 'calls' | 'refusals'>,
): Promise<void> {
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
    contextValues: (request) => createContextValues().set(remoteAddress, addressOf(request)),
    routes: (router: ConnectRouter) =>
      router.service(DeviceService, {
        keyExchange: (request, context) => answer(context, () => calls.keyExchange(request)),
        sensorUpload: ({ record }, context) =>
          answer(context, async () => ({ record: recordOf(await calls.sensorUpload(partsOf(record))) })),
        timeSync: ({ record }, context) =>
          answer(context, async () => ({ record: recordOf(await calls.timeSync(partsOf(record))) })),
      }),
  });
}
