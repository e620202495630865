import type { Session } from '../session/session.ts';
import type { IngestParts } from './parts.ts';

/**
 * Call it once the store has seen the first valid record of a session and so knows that its key is in use. Where that
 * key was pending, the one before it has ended, and so do its sessions, at once (docs/protocol-v1.md, section 3).
 */
export async function confirmSession({ sessions, ended }: IngestParts, session: Session): Promise<void> {
  sessions.confirm(session);
  await ended.drop();
}
