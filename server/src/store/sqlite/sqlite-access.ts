import { noSuchDevice } from '../../errors.ts';
import type {
  AccessStore,
  AuditEntry,
  AuditNote,
  NewLogin,
  NewToken,
  StoredLogin,
  StoredToken,
} from '../access-store.ts';
import { Audit } from './audit.ts';
import type { Connection } from './connection.ts';
import type { StoreRunner } from './store-runner.ts';
import { Tokens } from './tokens.ts';

/** Tokens, logins and the audit in SQLite. */
export class SqliteAccess implements AccessStore {
  /** For the store's other changes, which write their line in their own transaction. */
  readonly audit: Audit;
  readonly #tokens: Tokens;
  readonly #runner: StoreRunner;
  readonly #deviceNumber: (deviceId: string) => number | undefined;

  constructor(connection: Connection, runner: StoreRunner, deviceNumber: (deviceId: string) => number | undefined) {
    this.audit = new Audit(connection);
    this.#tokens = new Tokens(connection);
    this.#runner = runner;
    this.#deviceNumber = deviceNumber;
  }

  addToken(token: NewToken, note: AuditNote): Promise<void> {
    return this.#runner.change(() => {
      this.#tokens.add(token, token.deviceId === null ? null : this.#requireDevice(token.deviceId));
      this.audit.append(note);
    });
  }

  listTokens(): Promise<readonly StoredToken[]> {
    return this.#runner.ask(() => this.#tokens.list());
  }

  revokeToken(name: string, note: AuditNote): Promise<void> {
    return this.#runner.change(() => {
      this.#tokens.revoke(name);
      this.audit.append(note);
    });
  }

  findToken(hash: Buffer): Promise<StoredToken | null> {
    return this.#runner.ask(() => this.#tokens.find(hash));
  }

  addLogin(login: NewLogin): Promise<boolean> {
    return this.#runner.change(() => this.#tokens.addLogin(login));
  }

  findLogin(hash: Buffer): Promise<StoredLogin | null> {
    return this.#runner.ask(() => this.#tokens.findLogin(hash));
  }

  removeLogin(hash: Buffer): Promise<void> {
    return this.#runner.change(() => this.#tokens.removeLogin(hash));
  }

  appendAudit(note: AuditNote): Promise<void> {
    return this.#runner.change(() => this.audit.append(note));
  }

  listAudit(limit: number): Promise<readonly AuditEntry[]> {
    return this.#runner.ask(() => this.audit.newest(limit));
  }

  #requireDevice(deviceId: string): number {
    const device = this.#deviceNumber(deviceId);
    if (device === undefined) throw noSuchDevice(deviceId);
    return device;
  }
}
