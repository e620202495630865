import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A reading as the tables have it. */
export interface RawReading {
  /** `device/boot/sequence` */
  readonly name: string;
  readonly uptime: number | null;
  readonly receivedAt: number | null;
  readonly resolvedTime: number | null;
  /** 1 uptime, 2 the server's time, 3 NTP's. */
  readonly timeSource: number;
  /** The eleven channels. */
  readonly values: readonly (number | null)[];
}

/**
 * Every reading in a data directory, in order of boot and sequence; one that is stored twice comes twice. Reads the
 * tables and their bytes by itself, so as to trust nothing.
 */
export function everyReading(dataDirectory: string): RawReading[] {
  const database = new DatabaseSync(join(dataDirectory, 'sealpost.db'), { readOnly: true });
  try {
    return database
      .prepare(
        `SELECT device_id || '/' || CAST(boot_id AS TEXT) AS boot_name, boot, readings FROM (
          SELECT boot, readings FROM blocks
          UNION ALL
          SELECT boot, readings FROM arrivals JOIN boots USING (boot) WHERE arrival > settled_arrival
        ) JOIN boots USING (boot) JOIN devices USING (device)`,
      )
      .all()
      .flatMap((row) => readingsIn(String(row.boot_name), Number(row.boot), row.readings as Uint8Array))
      .sort((one, other) => one.boot - other.boot || one.sequence - other.sequence)
      .map(({ reading }) => reading);
  } finally {
    database.close();
  }
}

function readingsIn(bootName: string, boot: number, bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.byteLength / 93;
  const orNull = (value: number) => (Number.isNaN(value) ? null : value);
  return Array.from({ length: count }, (_, index) => {
    const wide = (column: number) => orNull(view.getFloat64(8 * (count * column + index), true));
    const channel = (of: number) => orNull(view.getFloat32(48 * count + 4 * (count * of + index), true));
    const sequence = wide(0) ?? Number.NaN;
    const reading: RawReading = {
      name: `${bootName}/${sequence}`,
      uptime: wide(1),
      receivedAt: wide(2),
      resolvedTime: wide(4),
      timeSource: view.getUint8(92 * count + index) & 3,
      values: Array.from({ length: 11 }, (_, of) => channel(of)),
    };
    return { boot, sequence, reading };
  });
}
