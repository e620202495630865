/**
 * What the server keeps of who may read, and of what was done: tokens, logins made with them, and the audit. A part of
 * every store.
 *
 * Of tokens and logins it keeps SHA-256 hashes only. A slow hash would gain nothing: what is hashed is 256 random bits,
 * not a password that somebody thought of.
 */
import type { Micros } from '../time.ts';

/** What is in the audit. */
export type AuditedAct =
  | 'add device'
  | 'rotate key'
  | 'revoke device'
  | 'remove device'
  | 'add token'
  | 'revoke token'
  | 'log in'
  | 'show a token'
  | 'act as admin';

/** One line for the audit. */
export interface AuditNote {
  /** null when the server's clock could not be trusted. */
  readonly at: Micros | null;
  /** The name of the token that allowed it, `command line`, or null for a stranger. */
  readonly actor: string | null;
  readonly act: AuditedAct;
  /** The device or token that it was done to. */
  readonly object: string | null;
  readonly outcome: 'done' | 'refused';
  /** null for what was done on the command line. */
  readonly remoteAddress: string | null;
  /** Refusals since the last line of one that have no line of their own. */
  readonly leftOut: number;
}

/** A line of the audit. None is ever changed or removed. */
export interface AuditEntry extends AuditNote {
  /** Grows with each line. */
  readonly entry: number;
}

interface TokenTerms {
  readonly name: string;
  readonly role: 'reader' | 'admin';
  /** The one device that it reads; null: all. It ends with that device, whoever takes the id next. */
  readonly deviceId: string | null;
  /** null: never. */
  readonly expiresAt: Micros | null;
}

export interface NewToken extends TokenTerms {
  readonly hash: Buffer;
  readonly addedAt: Micros;
}

export interface StoredToken extends TokenTerms {
  /** Never used again, not even for another token of the same name. */
  readonly token: number;
  readonly addedAt: Micros;
}

/** A login: a browser that has shown a token. It ends with the token. */
export interface StoredLogin {
  readonly token: StoredToken;
  readonly expiresAt: Micros;
}

export interface NewLogin {
  readonly token: number;
  readonly hash: Buffer;
  readonly expiresAt: Micros;
  /** Logins that have expired by now are forgotten. */
  readonly now: Micros;
  /** So many logins a token has at once; the oldest goes. */
  readonly most: number;
}

/** A change and its line in the audit are one transaction. */
export interface AccessStore {
  /** Rejects with an OperatorError when the name is taken, or when there is no such device. */
  addToken(token: NewToken, note: AuditNote): Promise<void>;
  /** In order of their names, the expired ones too. */
  listTokens(): Promise<readonly StoredToken[]>;
  /** Ends a token and its logins. Rejects with an OperatorError when there is no such token. */
  revokeToken(name: string, note: AuditNote): Promise<void>;
  /** The token with this hash, expired or not. */
  findToken(hash: Buffer): Promise<StoredToken | null>;

  /** Whether it was added: not when the token has been revoked meanwhile. */
  addLogin(login: NewLogin): Promise<boolean>;
  /** The login with this hash, expired or not. */
  findLogin(hash: Buffer): Promise<StoredLogin | null>;
  removeLogin(hash: Buffer): Promise<void>;

  appendAudit(note: AuditNote): Promise<void>;
  /** The newest first. */
  listAudit(limit: number): Promise<readonly AuditEntry[]>;
}
