import { checkBatch } from '../readings/batch.ts';
import { encodeReceipt } from './answers.ts';
import { confirmSession } from './confirm-session.ts';
import { openRequest, type SealedParts } from './open-request.ts';
import type { IngestParts } from './parts.ts';

/** SensorUpload: the receipt is sealed only after the store has committed (docs/protocol-v1.md, section 6). */
export async function sensorUpload(parts: IngestParts, record: SealedParts | undefined): Promise<SealedParts> {
  const { session, plaintext, reply } = openRequest(parts, 'SensorUpload', record);
  const batch = checkBatch(plaintext);
  const { wall: receivedAt } = parts.clock.now();
  const { stored, duplicates } = await parts.store.appendReadings({
    deviceId: session.deviceId,
    generation: session.generation,
    batch,
    receivedAt,
  });
  if (!parts.sessions.isConfirmed(session)) await confirmSession(parts, session);
  parts.counts.uploads += 1;
  parts.counts.storedReadings += stored;
  parts.counts.duplicateReadings += duplicates;
  parts.counts.refusedSensors += batch.refusedSensors;
  if (receivedAt !== null) parts.clock.stored(receivedAt);
  const { wall: serverTime } = parts.clock.now();
  return reply(encodeReceipt({ stored, duplicates, serverTime, refusedSensors: batch.refusedSensors }));
}
