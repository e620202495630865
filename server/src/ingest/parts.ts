import type { ServerConfig } from '../config.ts';
import type { EphemeralKeyPair } from '../crypto/noise.ts';
import type { ServerClock } from '../readings/server-clock.ts';
import type { HandshakeLimiter } from '../session/handshake-limiter.ts';
import type { HandshakePace } from '../session/handshake-pace.ts';
import type { SessionTable } from '../session/session-table.ts';
import type { Store } from '../store/store.ts';
import type { CallCounts } from './call-counts.ts';
import type { EndedSessions } from './ended-sessions.ts';

/** What the three calls work with. One of each in a process. */
export interface IngestParts {
  readonly store: Store;
  readonly sessions: SessionTable;
  readonly ended: EndedSessions;
  readonly limiter: HandshakeLimiter;
  readonly pace: HandshakePace;
  readonly clock: ServerClock;
  readonly counts: CallCounts;
  readonly config: Pick<ServerConfig, 'settings'>;
  readonly generateEphemeral: () => EphemeralKeyPair;
  /** Tried for a device that is not known, so that the answer takes as long as for a wrong key. Nobody has it. */
  readonly decoyKey: Buffer;
}
