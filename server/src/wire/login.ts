import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Access } from '../access/access.ts';
import type { Grant } from '../access/grant.ts';
import { invalidField } from '../errors.ts';
import type { BodyReader } from './body.ts';
import { sendTooLarge } from './errors.ts';
import { endedCookie, loginCookie, loginCookieOf } from './login-cookie.ts';
import { grantOf, type ReaderGuard } from './reader-guard.ts';
import { checkHost, checkOrigin, requireOrigin } from './request-source.ts';

export interface LoginOptions {
  readonly access: Access;
  readonly guard: ReaderGuard;
  readonly bodies: BodyReader;
  readonly allowedHosts: readonly string[];
}

/**
 * For the page: `POST /login` with `{"token": …}` puts a cookie in the browser that stands for the token, `POST /logout`
 * ends it, `GET /login` says what the one who asks may do. Each answers `{"role", "device", "token"}`, the last two null
 * where there is no such limit or no token; `/logout` answers nothing.
 */
export async function loginRoutes(app: FastifyInstance, { access, guard, bodies, allowedHosts }: LoginOptions) {
  app.removeAllContentTypeParsers();
  // The body is read by the handler, by the one reader that bounds them all. JSON only: a page elsewhere can't send that
  // without asking first, and nobody answers it.
  app.addContentTypeParser('application/json', (_request, _payload, done) => done(null));

  app.get('/login', { onRequest: guard.reader }, async (request) => described(grantOf(request)));
  app.post('/login', async (request, reply) => {
    fromOwnPage(request, reply);
    const body = await bodies.read(request.raw);
    if (!body) return sendTooLarge(reply);
    const login = await access.logIn(tokenIn(body), request.ip);
    reply.header('set-cookie', loginCookie(request, login));
    return described(login.grant);
  });
  app.post('/logout', async (request, reply) => {
    fromOwnPage(request, reply);
    requireOrigin(request);
    const secret = loginCookieOf(request);
    if (secret !== undefined) await access.logOut(secret);
    return reply.header('set-cookie', endedCookie(request)).code(204).send();
  });

  function fromOwnPage(request: FastifyRequest, reply: FastifyReply): void {
    reply.header('cache-control', 'no-store');
    checkHost(request, allowedHosts);
    checkOrigin(request);
  }
}

function described({ role, deviceId, tokenName }: Grant) {
  return { role, device: deviceId ?? null, token: tokenName ?? null };
}

function tokenIn(body: Buffer): string {
  try {
    const message: unknown = JSON.parse(body.toString());
    if (typeof message === 'object' && message && 'token' in message && typeof message.token === 'string') {
      return message.token.trim();
    }
  } catch {
    // What is no JSON has no token.
  }
  throw invalidField('token', 'a JSON object with the token as a string');
}
