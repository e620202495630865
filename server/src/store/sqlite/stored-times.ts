import type { Micros } from '../../time.ts';
import type { Connection } from './connection.ts';

/** From the last readings and the last sample of each boot, so no pass over the readings. */
export const lastStoredTimeQuery = `
  SELECT max(time) AS time FROM (
    SELECT (
      SELECT max(received_at) FROM (
        SELECT received_at FROM readings WHERE readings.boot = boots.boot ORDER BY sequence DESC LIMIT 16
      )
    ) AS time FROM boots
    UNION ALL
    SELECT (
      SELECT server_time FROM clock_samples WHERE clock_samples.boot = boots.boot
      ORDER BY epoch DESC, uptime DESC LIMIT 1
    ) FROM boots
  )`;

/** The greatest time by the server's clock in the store, or null. */
export function readLastStoredTime(connection: Connection): Micros | null {
  return connection.one<{ time: Micros | null }>(lastStoredTimeQuery)()?.time ?? null;
}

export function readClockEpoch(connection: Connection): number {
  return connection.one<{ clock_epoch: number }>('SELECT clock_epoch FROM settings')()?.clock_epoch ?? 0;
}
