import { Budget } from '../budget.ts';
import { SealpostError } from '../errors.ts';
import type { AccessStore, StoredToken } from '../store/access-store.ts';
import { type Clock, day, type Micros, second } from '../time.ts';
import type { Grant } from './grant.ts';
import { RefusedActs } from './refused-acts.ts';
import { hashOf, isLoginSecret, isToken, newLoginSecret } from './secret.ts';

/** A login lasts so long, or as long as its token. */
const loginLifetime: Micros = 30 * day;
/** Browsers logged in at once with one token. */
const mostLogins = 32;
/** Logins with one token, and wrong ones of everybody together: so many at once, then one in each interval. */
const logins = { burst: 10, interval: 10 * second } as const;
const wrongLogins = { burst: 10, interval: second } as const;

export interface AccessOptions {
  readonly store: AccessStore;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** The server's time, or null while its clock can't be right: then what expires is taken as expired. */
  readonly now: () => Micros | null;
  readonly randomBytes: (size: number) => Buffer;
}

/** A new login. */
export interface Login {
  /** For the browser's cookie, shown once. */
  readonly secret: string;
  readonly lifetime: Micros;
  readonly grant: Grant;
}

/**
 * Turns tokens and logins into grants. Nothing is remembered between requests: a look-up takes some microseconds, and so
 * a token that was revoked, by this process or another, is refused from the next request on.
 */
export class Access {
  readonly refusals: RefusedActs;
  readonly #options: AccessOptions;
  readonly #wrongLogins: Budget;
  /** By the number of the token. A right token has a budget of its own, so that nobody's wrong ones shut it out. */
  readonly #logins = new Map<number, Budget>();

  constructor(options: AccessOptions) {
    this.#options = options;
    this.refusals = new RefusedActs(options);
    this.#wrongLogins = new Budget({ clock: options.clock, ...wrongLogins });
  }

  /** What a token grants. Rejects with `unauthenticated`: one message whether it is wrong, expired or revoked. */
  async byToken(text: string, remoteAddress: string): Promise<Grant> {
    const hash = isToken(text) ? hashOf(text) : null;
    const token = hash && (await this.#options.store.findToken(hash));
    if (hash && token && this.#holds(token.expiresAt)) return this.#grant(token, () => this.#tokenHolds(hash));
    await this.refusals.note({ actor: token?.name ?? null, act: 'show a token', object: null, remoteAddress });
    throw notAccepted(token);
  }

  /** What a login grants; null when there is none, or none any more. */
  async byLogin(secret: string): Promise<Grant | null> {
    if (!isLoginSecret(secret)) return null;
    const hash = hashOf(secret);
    const token = await this.#loggedIn(hash);
    return token && this.#grant(token, async () => (await this.#loggedIn(hash)) !== null);
  }

  /**
   * Makes a login with a token. Rejects with `unauthenticated`, or with `resource_exhausted` when there were too many
   * wrong ones, or too many with this token.
   */
  async logIn(text: string, remoteAddress: string): Promise<Login> {
    const { store, now, randomBytes } = this.#options;
    const token = isToken(text) ? await store.findToken(hashOf(text)) : null;
    const refused = async (error: SealpostError) => {
      await this.refusals.note({ actor: token?.name ?? null, act: 'log in', object: null, remoteAddress });
      return error;
    };
    if (!token || !this.#holds(token.expiresAt)) {
      const isSlowedDown = this.#wrongLogins.take() === undefined;
      throw await refused(isSlowedDown ? tooManyLogins(wrongLogins.interval) : notAccepted(token));
    }
    const time = now();
    if (time === null) throw await refused(clockNotSet());
    if (this.#loginsOf(token).take() === undefined) throw await refused(tooManyLogins(logins.interval));
    const expiresAt = Math.min(time + loginLifetime, token.expiresAt ?? Number.POSITIVE_INFINITY);
    const secret = newLoginSecret(randomBytes);
    const hash = hashOf(secret);
    const isAdded = await store.addLogin({ token: token.token, hash, expiresAt, now: time, most: mostLogins });
    // Revoked since it was looked up.
    if (!isAdded) throw await refused(notAccepted(null));
    const grant = this.#grant(token, async () => (await this.#loggedIn(hash)) !== null);
    return { secret, lifetime: expiresAt - time, grant };
  }

  /** Ends a login. Where there is none nothing is written, since anyone can ask for that. */
  async logOut(secret: string): Promise<void> {
    const { store } = this.#options;
    if (!isLoginSecret(secret)) return;
    const hash = hashOf(secret);
    if ((await store.findLogin(hash)) !== null) await store.removeLogin(hash);
  }

  async #tokenHolds(hash: Buffer): Promise<boolean> {
    const token = await this.#options.store.findToken(hash);
    return token !== null && this.#holds(token.expiresAt);
  }

  /** The token behind a login that holds. */
  async #loggedIn(hash: Buffer): Promise<StoredToken | null> {
    const login = await this.#options.store.findLogin(hash);
    if (!login || !this.#holds(login.expiresAt) || !this.#holds(login.token.expiresAt)) return null;
    return login.token;
  }

  #holds(expiresAt: Micros | null): boolean {
    if (expiresAt === null) return true;
    const now = this.#options.now();
    return now !== null && now < expiresAt;
  }

  #grant({ role, deviceId, name }: StoredToken, stillValid: () => Promise<boolean>): Grant {
    return { role, ...(deviceId !== null && { deviceId }), tokenName: name, stillValid };
  }

  #loginsOf({ token }: StoredToken): Budget {
    const known = this.#logins.get(token);
    if (known) return known;
    const budget = new Budget({ clock: this.#options.clock, ...logins });
    this.#logins.set(token, budget);
    return budget;
  }
}

/** The one answer for every token that is not accepted; only the log learns why. */
function notAccepted(token: StoredToken | null): SealpostError {
  return new SealpostError(
    'unauthenticated',
    "this token is not accepted: it is wrong, has expired or was revoked; 'sealpost token list' on the server's machine shows those that there are",
    { reason: token === null ? 'unknown token' : `the token ${token.name} has expired` },
  );
}

function tooManyLogins(interval: Micros): SealpostError {
  return new SealpostError('resource_exhausted', 'too many logins: wait and try again', {
    reason: 'too many logins',
    retryAfterSeconds: interval / second,
  });
}

function clockNotSet(): SealpostError {
  return new SealpostError(
    'unavailable',
    "the clock of the server's machine is not set: nobody can log in until it is",
  );
}
