import { type ContextValues, createContextKey, createContextValues } from '@connectrpc/connect';
import type { FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import type { Grant, Role } from '../access/grant.ts';
import { SealpostError } from '../errors.ts';
import { isLocalReader } from './local-reader.ts';

export interface ReaderGuardOptions {
  readonly openReads: boolean;
}

/**
 * Decides who reads and who may look after devices. Every route of people's has one of its two hooks, as
 * `{ onRequest: guard.reader }` or, for a plugin's routes, `app.addHook('onRequest', guard.reader)`; behind it
 * `grantOf(request)` says what is granted, and `grantsOf` the same to Connect's handlers.
 */
export class ReaderGuard {
  readonly #options: ReaderGuardOptions;

  constructor(options: ReaderGuardOptions) {
    this.#options = options;
  }

  /** Lets readers and admins pass; rejects with `unauthenticated`. */
  readonly reader: onRequestAsyncHookHandler = (request) => this.#require('reader', request);

  /** Lets admins pass; rejects with `unauthenticated` or, for readers, with `permission_denied`. */
  readonly admin: onRequestAsyncHookHandler = (request) => this.#require('admin', request);

  async #require(role: Role, request: FastifyRequest): Promise<void> {
    const grant = await this.#grant(request);
    if (role === 'admin' && grant.role !== 'admin') {
      throw new SealpostError('permission_denied', 'this needs a token with the role admin', {
        reason: 'not an admin',
      });
    }
    grants.set(request, grant);
  }

  async #grant(request: FastifyRequest): Promise<Grant> {
    if (this.#options.openReads || isLocalReader(request)) return withoutToken;
    throw new SealpostError(
      'unauthenticated',
      "readings are given out on the server's own machine only, at http://localhost; to open them to the network, start the server with --open-reads",
      { reason: 'reader from elsewhere' },
    );
  }
}

const grants = new WeakMap<FastifyRequest, Grant>();
const withoutToken: Grant = { role: 'reader', stillValid: () => Promise.resolve(true) };

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
