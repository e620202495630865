import { buildDate } from '../config.ts';
import { OperatorError, UsageError } from '../errors.ts';
import type { AccessStore, AuditNote } from '../store/access-store.ts';
import type { Micros } from '../time.ts';
import { type Actor, doneNote } from './actor.ts';
import type { Role } from './grant.ts';
import { hashOf, newToken } from './secret.ts';

export interface TokenTerms {
  readonly name: string;
  readonly role: Role;
  readonly deviceId?: string | undefined;
  readonly expiresAt?: Micros | undefined;
}

const namePattern = /^[a-z][a-z0-9-]{0,31}$/;

export const tokenNameRule = '1 to 32 characters: a lower-case letter, then lower-case letters, digits and hyphens';

/** A name that is safe to show anywhere, and that nothing else in the audit looks like. */
export function isTokenName(text: string): boolean {
  return namePattern.test(text);
}

export interface TokenAdminOptions {
  readonly store: AccessStore;
  readonly now: () => Micros;
  readonly randomBytes: (size: number) => Buffer;
}

/** Makes and revokes tokens, with a line in the audit for each that is made or revoked. */
export class TokenAdmin {
  readonly #options: TokenAdminOptions;

  constructor(options: TokenAdminOptions) {
    this.#options = options;
  }

  /** Gives the new token, which nobody can be shown again. Rejects with an OperatorError that says what to do. */
  async add({ name, role, deviceId, expiresAt }: TokenTerms, by: Actor): Promise<string> {
    const { store, now, randomBytes } = this.#options;
    if (role === 'admin' && deviceId !== undefined) {
      throw new UsageError('an admin looks after all devices: leave --device out, or make a reader');
    }
    const addedAt = now();
    if (expiresAt !== undefined && addedAt < buildDate) {
      throw new OperatorError("this machine's clock is not set: set it, or leave --expires out");
    }
    const token = newToken(randomBytes);
    await store.addToken(
      { name, hash: hashOf(token), role, deviceId: deviceId ?? null, addedAt, expiresAt: expiresAt ?? null },
      this.#note('add token', name, by),
    );
    return token;
  }

  /** Ends a token, its logins and the streams that it reads. */
  revoke(name: string, by: Actor): Promise<void> {
    return this.#options.store.revokeToken(name, this.#note('revoke token', name, by));
  }

  #note(act: AuditNote['act'], name: string, by: Actor): AuditNote {
    return doneNote(act, name, by, this.#options.now());
  }
}
