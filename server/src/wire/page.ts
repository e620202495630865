import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Grant } from '../access/grant.ts';
import { type ServerConfig, version } from '../config.ts';
import { SealpostError } from '../errors.ts';
import { second } from '../time.ts';
import { deviceUrl } from './page-device-url.ts';
import { grantOf, type ReaderGuard } from './reader-guard.ts';

/** Where `vite build` puts the page; it is committed, so that a server needs nothing of the tools that make it. */
const builtPage = fileURLToPath(new URL('../../../web/dist', import.meta.url));

export interface PageOptions {
  readonly guard: Pick<ReaderGuard, 'reader'>;
  readonly config: Pick<ServerConfig, 'settings'>;
}

/** Nothing but the page's own files and calls: no inline script or style, no other host, no frame around it. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * The page for people at `/`, and at `/page-session` who reads it: `{"version", "sampleIntervalSeconds", "deviceUrl",
 * "reader": {"role", "device", "token"}}`. The page's files are for everybody: without a grant, `reader` is null and it
 * shows how to get one.
 */
export async function pageRoutes(app: FastifyInstance, { guard, config }: PageOptions): Promise<void> {
  app.get('/page-session', async (request, reply) => {
    const grant = await grantOrNull(app, guard, request, reply);
    return {
      version,
      sampleIntervalSeconds: config.settings.sampleInterval / second,
      deviceUrl: grant && deviceUrl(app.server.address()),
      reader: grant && { role: grant.role, device: grant.deviceId ?? null, token: grant.tokenName ?? null },
    };
  });
  await app.register(fastifyStatic, {
    root: builtPage,
    // A route for each file, so that every other path is answered as before.
    wildcard: false,
    globIgnore: ['**/*.gz'],
    preCompressed: true,
    cacheControl: false,
    setHeaders: (reply) => {
      // The names have no hashes: a browser asks each time, and hears mostly that its copy is right.
      reply.header('cache-control', 'no-cache');
      reply.header('content-security-policy', contentSecurityPolicy);
      reply.header('x-content-type-options', 'nosniff');
      reply.header('referrer-policy', 'no-referrer');
    },
  });
}

/** What the guard grants; null where it would answer `unauthenticated`, which browsers report as an error. */
async function grantOrNull(
  app: FastifyInstance,
  guard: Pick<ReaderGuard, 'reader'>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Grant | null> {
  try {
    await guard.reader.call(app, request, reply);
    return grantOf(request);
  } catch (error) {
    if (!(error instanceof SealpostError && error.code === 'unauthenticated')) throw error;
    reply.removeHeader('www-authenticate');
    return null;
  }
}
