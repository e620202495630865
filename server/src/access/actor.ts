import type { AuditedAct, AuditNote } from '../store/access-store.ts';
import type { Micros } from '../time.ts';

/** Who does something that goes into the audit. */
export type Actor = Pick<AuditNote, 'actor' | 'remoteAddress'>;

/** Whoever can run commands on the server's data. No token has this name. */
export const commandLine: Actor = { actor: 'command line', remoteAddress: null };

/** The audit's line for something that is done if its transaction succeeds. */
export function doneNote(act: AuditedAct, object: string, by: Actor, at: Micros | null): AuditNote {
  return { at, ...by, act, object, outcome: 'done', leftOut: 0 };
}
