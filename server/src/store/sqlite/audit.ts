import type { AuditEntry, AuditedAct, AuditNote } from '../access-store.ts';
import type { Connection } from './connection.ts';

interface AuditRow {
  readonly entry: number;
  readonly at: number | null;
  readonly actor: string | null;
  readonly act: AuditedAct;
  readonly object: string | null;
  readonly outcome: AuditNote['outcome'];
  readonly remote_address: string | null;
  readonly left_out: number;
}

/** The audit: triggers in the schema see to it that it is only added to. */
export class Audit {
  readonly #append;
  readonly #newest;

  constructor(connection: Connection) {
    this.#append = connection.run(`
      INSERT INTO audit (at, actor, act, object, outcome, remote_address, left_out) VALUES (?, ?, ?, ?, ?, ?, ?)`);
    this.#newest = connection.all<AuditRow>('SELECT * FROM audit ORDER BY entry DESC LIMIT ?');
  }

  append({ at, actor, act, object, outcome, remoteAddress, leftOut }: AuditNote): void {
    this.#append(at, actor, act, object, outcome, remoteAddress, leftOut);
  }

  newest(limit: number): AuditEntry[] {
    return this.#newest(limit).map(({ remote_address, left_out, ...row }) => ({
      ...row,
      remoteAddress: remote_address,
      leftOut: left_out,
    }));
  }
}
