import { isWorthKeeping, sampleOf } from '../readings/clock-model.ts';
import { type CheckedClockReport, checkClockReport } from '../readings/clock-report.ts';
import type { Moment } from '../readings/server-clock.ts';
import type { Session } from '../session/session.ts';
import { encodeClockAnswer } from './answers.ts';
import { confirmSession } from './confirm-session.ts';
import { openRequest, type SealedParts } from './open-request.ts';
import type { IngestParts } from './parts.ts';

/** TimeSync (docs/protocol-v1.md, section 7): the device's clock against the server's, both ways. */
export async function timeSync(parts: IngestParts, record: SealedParts | undefined): Promise<SealedParts> {
  const arrival = parts.clock.now();
  const { session, plaintext, reply } = openRequest(parts, 'TimeSync', record);
  const report = checkClockReport(plaintext);
  noteWhatIsNew(parts, session, report, arrival);
  if (!parts.sessions.isConfirmed(session)) {
    await parts.store.confirmGeneration({ deviceId: session.deviceId, generation: session.generation });
    await confirmSession(parts, session);
  }
  parts.counts.clockReports += 1;
  const { wall } = parts.clock.now();
  const trusted = arrival.wall !== null && wall !== null;
  return reply(encodeClockAnswer(trusted ? { receive: arrival.wall, transmit: wall } : null));
}

/** A report comes each second; the store hears of it only when it says something new. */
function noteWhatIsNew(
  { sessions, store }: IngestParts,
  session: Session,
  report: CheckedClockReport,
  arrival: Moment,
): void {
  const known = sessions.notes(session);
  const candidate =
    report.uptime === undefined || arrival.wall === null
      ? null
      : sampleOf({
          uptime: report.uptime,
          receivedAt: arrival.wall,
          roundTrip: report.roundTrip,
          epoch: arrival.epoch,
        });
  const sample = candidate && isWorthKeeping(candidate, known.sample) ? candidate : null;
  const utcOffsetSeconds = report.utcOffsetSeconds === known.utcOffsetSeconds ? null : report.utcOffsetSeconds;
  if (!sample && utcOffsetSeconds === null) return;
  sessions.keepNotes(session, { sample, utcOffsetSeconds });
  store.noteContact({
    deviceId: session.deviceId,
    generation: session.generation,
    bootId: session.bootId,
    ...(sample && { sample }),
    ...(utcOffsetSeconds !== null && { utcOffsetSeconds }),
  });
}
