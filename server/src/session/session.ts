import type { KeptRecordKeys } from '../crypto/kept-record-keys.ts';
import { day, type Micros } from '../time.ts';

/** docs/protocol-v1.md, section 4. */
export const sessionLifetime: Micros = day;
export const sessionsPerDevice = 4;

/** What a session is for as long as it lives. Its counters, which move, stay in the table. */
export interface Session {
  readonly slot: number;
  readonly sessionId: bigint;
  readonly deviceId: string;
  readonly generation: number;
  /** The boot that shook hands. */
  readonly bootId: bigint;
  /** Only while the session table has the session. */
  readonly keys: { readonly deviceToServer: KeptRecordKeys; readonly serverToDevice: KeptRecordKeys };
}

export interface NewSession {
  readonly deviceId: string;
  readonly generation: number;
  readonly bootId: bigint;
  /** The keys of Noise's Split(), 32 bytes each. They are wiped here. */
  readonly splitKeys: { readonly initiatorToResponder: Buffer; readonly responderToInitiator: Buffer };
  /** False while the store has yet to learn that the key is in use. */
  readonly confirmed: boolean;
  /** What the Hello says of the device's clock: held until takeHelloSample. */
  readonly notes: SessionNotes;
}

/** What the session's device last said of its clock: the server keeps what is new only. */
export interface SessionNotes {
  readonly sample: {
    readonly uptime: Micros;
    readonly serverTime: Micros;
    readonly uncertainty: Micros;
    readonly epoch: number;
  } | null;
  readonly utcOffsetSeconds: number | null;
}
