import { OperatorError } from '../../errors.ts';
import type { NewLogin, NewToken, StoredLogin, StoredToken } from '../access-store.ts';
import type { Connection } from './connection.ts';

interface TokenRow {
  readonly token: number;
  readonly name: string;
  readonly role: 'reader' | 'admin';
  readonly device_id: string | null;
  readonly added_at: number;
  readonly expires_at: number | null;
}

interface LoginRow extends TokenRow {
  readonly login_expires_at: number;
}

const tokenColumns = 'token, name, role, device_id, tokens.added_at, tokens.expires_at';

/** The tokens and the logins made with them. What writes here runs inside a transaction of the caller's. */
export class Tokens {
  readonly #add;
  readonly #list;
  readonly #revoke;
  readonly #find;
  readonly #addLogin;
  readonly #forgetExpired;
  readonly #forgetOldest;
  readonly #findLogin;
  readonly #removeLogin;

  constructor(connection: Connection) {
    this.#add = connection.run(`
      INSERT INTO tokens (name, hash, role, device, added_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (name) DO NOTHING`);
    this.#list = connection.all<TokenRow>(
      `SELECT ${tokenColumns} FROM tokens LEFT JOIN devices USING (device) ORDER BY name`,
    );
    this.#revoke = connection.run('DELETE FROM tokens WHERE name = ?');
    this.#find = connection.one<TokenRow>(
      `SELECT ${tokenColumns} FROM tokens LEFT JOIN devices USING (device) WHERE hash = ?`,
    );
    this.#addLogin = connection.run(`
      INSERT INTO logins (hash, token, expires_at) SELECT ?, token, ? FROM tokens WHERE token = ?`);
    this.#forgetExpired = connection.run('DELETE FROM logins WHERE token = ? AND expires_at <= ?');
    this.#forgetOldest = connection.run(`
      DELETE FROM logins WHERE login IN
        (SELECT login FROM logins WHERE token = ? ORDER BY login DESC LIMIT -1 OFFSET ?)`);
    this.#findLogin = connection.one<LoginRow>(`
      SELECT ${tokenColumns}, logins.expires_at AS login_expires_at
      FROM logins JOIN tokens USING (token) LEFT JOIN devices USING (device) WHERE logins.hash = ?`);
    this.#removeLogin = connection.run('DELETE FROM logins WHERE hash = ?');
  }

  /** `device` is its number in this database. */
  add({ name, hash, role, addedAt, expiresAt }: NewToken, device: number | null): void {
    if (this.#add(name, hash, role, device, addedAt, expiresAt) === 1) return;
    throw new OperatorError(`there is a token ${name} already: choose another name, or revoke it first.`);
  }

  list(): StoredToken[] {
    return this.#list().map(tokenOf);
  }

  revoke(name: string): void {
    if (this.#revoke(name) === 0) throw new OperatorError(`there is no token '${name}': see 'sealpost token list'`);
  }

  find(hash: Buffer): StoredToken | null {
    const row = this.#find(hash);
    return row === undefined ? null : tokenOf(row);
  }

  /** Whether there is such a token. */
  addLogin({ token, hash, expiresAt, now, most }: NewLogin): boolean {
    this.#forgetExpired(token, now);
    const isAdded = this.#addLogin(hash, expiresAt, token) === 1;
    this.#forgetOldest(token, most);
    return isAdded;
  }

  findLogin(hash: Buffer): StoredLogin | null {
    const row = this.#findLogin(hash);
    return row === undefined ? null : { token: tokenOf(row), expiresAt: row.login_expires_at };
  }

  removeLogin(hash: Buffer): void {
    this.#removeLogin(hash);
  }
}

function tokenOf(row: TokenRow): StoredToken {
  return {
    token: row.token,
    name: row.name,
    role: row.role,
    deviceId: row.device_id,
    addedAt: row.added_at,
    expiresAt: row.expires_at,
  };
}
