import type { Session } from '../session/session.ts';
import type { IngestParts } from './parts.ts';

/**
 * After the first valid record of a session the store knows that its key is in use; where that key was pending, the
 * one before it has ended, and so do its sessions, at once (docs/protocol-v1.md, section 3).
 */
export async function confirmSession({ sessions, ended }: IngestParts, session: Session): Promise<void> {
  if (sessions.isConfirmed(session)) return;
  sessions.confirm(session);
  await ended.drop();
}
