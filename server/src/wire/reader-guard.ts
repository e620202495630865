import { type ContextValues, createContextKey, createContextValues } from '@connectrpc/connect';
import type { FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import type { Access } from '../access/access.ts';
import type { Grant, Role } from '../access/grant.ts';
import { SealpostError } from '../errors.ts';
import { isLocalReader } from './local-reader.ts';
import { loginCookieOf } from './login-cookie.ts';
import { addressOf, checkConfidential, checkHost, checkOrigin, requireOrigin } from './request-source.ts';

export interface ReaderGuardOptions {
  readonly access: Access;
  /** Whoever asks may read. */
  readonly openReads: boolean;
  /** Names of this server beside its addresses and private names, in lower case and without a port. */
  readonly allowedHosts: readonly string[];
  /** There is TLS: a token that came without it is not accepted. */
  readonly tls: boolean;
}

/**
 * Decides who reads and who may look after devices. Every route of people's has one of its two hooks, as
 * `{ onRequest: guard.reader }` or, for a plugin's routes, `app.addHook('onRequest', guard.reader)`; behind it
 * `grantOf(request)` says what is granted, and `grantKey` the same to Connect's handlers.
 *
 * A bearer token counts for itself. The local machine, open reads and a browser's cookie count for whoever has them send
 * a request, so that must be no other page: by no name that could be a stranger's, and from no other origin.
 */
export class ReaderGuard {
  /** Lets readers and admins pass. Rejects with `unauthenticated`, or `permission_denied` for what another page sends. */
  readonly reader: onRequestAsyncHookHandler;
  /** Lets admins pass, who always need a token or a login. Rejects the same, and readers with `permission_denied`. */
  readonly admin: onRequestAsyncHookHandler;
  readonly #options: ReaderGuardOptions;

  constructor(options: ReaderGuardOptions) {
    this.#options = options;
    this.reader = this.#hook('reader');
    this.admin = this.#hook('admin');
  }

  #hook(role: Role): onRequestAsyncHookHandler {
    return async (request, reply) => {
      reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
      try {
        grants.set(request, await this.#grant(role, request));
      } catch (error) {
        const isChallenge = error instanceof SealpostError && error.code === 'unauthenticated';
        if (isChallenge) reply.header('www-authenticate', 'Bearer');
        throw error;
      }
    };
  }

  async #grant(role: Role, request: FastifyRequest): Promise<Grant> {
    const grant = await this.#shown(request);
    if (role === 'reader') return grant ?? this.#withoutToken(request);
    if (grant?.role === 'admin') return grant;
    await this.#options.access.refusals.note({
      actor: grant?.tokenName ?? null,
      act: 'act as admin',
      object: null,
      remoteAddress: addressOf(request),
    });
    throw notAdmin(grant);
  }

  /** What the token or the login that a request shows grants; null when it shows none. */
  async #shown(request: FastifyRequest): Promise<Grant | null> {
    const { access, allowedHosts, tls } = this.#options;
    const bearer = /^bearer(?: +(.*))?$/i.exec(request.headers.authorization ?? '');
    if (bearer) {
      if (tls) checkConfidential(request);
      return access.byToken(bearer[1] ?? '', addressOf(request));
    }
    checkHost(request, allowedHosts);
    checkOrigin(request);
    const secret = loginCookieOf(request);
    const login = secret === undefined ? null : await access.byLogin(secret);
    if (login) {
      if (tls) checkConfidential(request);
      requireOrigin(request);
    }
    return login;
  }

  #withoutToken(request: FastifyRequest): Grant {
    if (this.#options.openReads || isLocalReader(request)) return withoutToken;
    throw new SealpostError(
      'unauthenticated',
      "show a token: 'sealpost token add NAME --role reader' on the server's machine makes one. Without one, readings are given out on that machine only, at http://localhost",
      { reason: 'reader from elsewhere' },
    );
  }
}

const withoutToken: Grant = { role: 'reader', stillValid: () => Promise.resolve(true) };

function notAdmin(grant: Grant | null): SealpostError {
  if (grant) {
    return new SealpostError('permission_denied', 'this needs a token with the role admin', { reason: 'not an admin' });
  }
  return new SealpostError(
    'unauthenticated',
    "show a token with the role admin: 'sealpost token add NAME --role admin' on the server's machine makes one",
    { reason: 'no token for an admin' },
  );
}

const grants = new WeakMap<FastifyRequest, Grant>();

/** What the guard has granted. A route without a guard is a fault of the program's: it grants nothing. */
export function grantOf(request: FastifyRequest): Grant {
  const grant = grants.get(request);
  if (grant === undefined) throw new Error('a route of readers has no guard');
  return grant;
}

/** Where Connect's handlers find the grant: `context.values.get(grantKey)`. */
export const grantKey = createContextKey<Grant | undefined>(undefined, { description: 'grant' });

/** For connect-fastify's `contextValues`: the grant of a request that the guard has let pass. */
export function grantsOf(request: FastifyRequest): ContextValues {
  return createContextValues().set(grantKey, grantOf(request));
}
