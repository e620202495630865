import type { Micros } from '../../time.ts';
import type { Connection } from './connection.ts';

/** From the blocks' index and the last sample of each boot, so no reading is looked at. */
export const lastStoredTimeQuery = `
  SELECT max(time) AS time FROM (
    SELECT max(last_received_at) AS time FROM blocks INDEXED BY blocks_by_boot
    UNION ALL
    SELECT (
      SELECT server_time FROM clock_samples WHERE clock_samples.boot = boots.boot
      ORDER BY epoch DESC, uptime DESC LIMIT 1
    ) FROM boots
  )`;

/** The greatest time by the server's clock in the store but for the log of arrivals, or null. */
export function readLastStoredTime(connection: Connection): Micros | null {
  return connection.one<{ time: Micros | null }>(lastStoredTimeQuery)()?.time ?? null;
}

export function readClockEpoch(connection: Connection): number {
  return connection.one<{ clock_epoch: number }>('SELECT clock_epoch FROM settings')()?.clock_epoch ?? 0;
}
