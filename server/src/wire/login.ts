import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Access } from '../access/access.ts';
import type { Grant } from '../access/grant.ts';
import { invalidField } from '../errors.ts';
import type { BodyReader } from './body.ts';
import { sendTooLarge } from './errors.ts';
import { endedCookie, loginCookie, loginCookieOf } from './login-cookie.ts';
import { addressOf, checkConfidential, checkHost, checkOrigin, requireOrigin } from './request-source.ts';
import { loginSchema, logoutSchema } from './rest-schemas.ts';

export interface LoginOptions {
  readonly access: Access;
  readonly bodies: BodyReader;
  readonly allowedHosts: readonly string[];
  readonly tls: boolean;
}

/**
 * For the page: `POST /login` with `{"token": …}` puts a cookie in the browser that stands for the token, and answers
 * `{"role", "device", "token"}`, where `token` is its name and `device` null when it reads all. `POST /logout` ends it.
 */
export async function loginRoutes(app: FastifyInstance, { access, bodies, allowedHosts, tls }: LoginOptions) {
  app.removeAllContentTypeParsers();
  // The body is read by the handler, by the one reader that bounds them all. JSON only: a page elsewhere can't send that
  // without asking first, and nobody answers it.
  app.addContentTypeParser('application/json', (_request, _payload, done) => done(null));

  app.post('/login', { schema: loginSchema }, async (request, reply) => {
    fromOwnPage(request, reply);
    const body = await bodies.read(request.raw);
    if (!body) return sendTooLarge(reply);
    const login = await access.logIn(tokenIn(body), addressOf(request));
    reply.header('set-cookie', loginCookie(request, login));
    return described(login.grant);
  });
  app.post('/logout', { schema: logoutSchema }, async (request, reply) => {
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
    if (tls) checkConfidential(request);
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
