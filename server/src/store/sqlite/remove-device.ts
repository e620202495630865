import { setTimeout as rest } from 'node:timers/promises';
import type { AuditNote } from '../access-store.ts';
import type { Audit } from './audit.ts';
import type { Connection } from './connection.ts';
import type { Tables } from './session-writes.ts';

/** Rows a transaction removes at most, so that a running server waits for the lock for a moment only. */
const rowsAtATime = 2_000;

/**
 * Removes a device with all it has. Its keys end with the first rows, so nothing is stored for it any more; a
 * removal that is cut short leaves a revoked device with fewer readings, and can be done again. The audit's line goes
 * with the first rows.
 */
export async function removeDevice(
  connection: Connection,
  tables: Tables,
  deviceId: string,
  line?: { readonly audit: Audit; readonly note: AuditNote },
): Promise<number> {
  let readings = 0;
  let removing: number | undefined;
  for (;;) {
    const started = performance.now();
    const chunk = connection.transaction(() => {
      // Somebody else may have finished the removal meanwhile, and even have added the id again.
      const found = tables.generations.deviceNumber(deviceId);
      if (removing !== undefined && found !== removing) return { readings: 0, done: true };
      // A key that was added meanwhile ends too.
      const device = tables.generations.revoke(deviceId);
      if (removing === undefined) line?.audit.append(line.note);
      removing = device;
      return removeRows(tables, device, rowsAtATime);
    });
    readings += chunk.readings;
    if (chunk.done) return readings;
    // As long as it has worked: who waits for the lock looks for it at intervals and must find it free.
    await rest(performance.now() - started);
  }
}

function removeRows(tables: Tables, device: number, limit: number): { readings: number; done: boolean } {
  const { boots, readings, samples, devices } = tables;
  let left = limit;
  let removedReadings = readings.removeLogged(device);
  for (let boot = boots.anyOf(device); boot !== undefined; boot = boots.anyOf(device)) {
    const removed = readings.remove(boot, left);
    removedReadings += removed;
    left -= removed;
    if (left > 0) left -= samples.remove(boot, left);
    if (left <= 0) return { readings: removedReadings, done: false };
    boots.remove(boot);
    left -= 1;
    if (left <= 0) return { readings: removedReadings, done: false };
  }
  devices.remove(device);
  return { readings: removedReadings, done: true };
}
