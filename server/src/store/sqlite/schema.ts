import { accessTables } from './access-schema.ts';
import type { Connection } from './connection.ts';
import { settleRows } from './settle-rows.ts';

/** SQL, or what SQL alone can't do. Runs inside a transaction. */
export type Migration = string | ((connection: Connection) => void);

/**
 * The migrations, in order: the database's `user_version` is how many of them it has had. What is here is never
 * changed, only added to.
 *
 * Unsigned 64-bit numbers are stored as the signed ones with the same bits. Times are microseconds.
 */
export const migrations: readonly Migration[] = [
  `
  CREATE TABLE settings (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    -- sealed with the master key: tells a wrong one at start
    master_key_check BLOB,
    -- the greatest epoch of any clock sample
    clock_epoch INTEGER NOT NULL
  ) STRICT;
  INSERT INTO settings (one, clock_epoch) VALUES (1, 0);

  CREATE TABLE devices (
    device INTEGER PRIMARY KEY AUTOINCREMENT,
    device_id TEXT NOT NULL UNIQUE,
    added_at INTEGER NOT NULL,
    current_generation INTEGER,
    pending_generation INTEGER,
    firmware_version TEXT,
    hardware TEXT,
    utc_offset_seconds INTEGER,
    queued_readings INTEGER,
    dropped_readings INTEGER,
    free_heap_bytes INTEGER,
    rssi_dbm INTEGER
  ) STRICT;

  -- AUTOINCREMENT: a generation never comes again, not even after its device was removed and added anew.
  CREATE TABLE device_keys (
    generation INTEGER PRIMARY KEY AUTOINCREMENT,
    device INTEGER NOT NULL REFERENCES devices,
    sealed_key BLOB NOT NULL
  ) STRICT;
  CREATE INDEX device_keys_by_device ON device_keys (device);

  CREATE TABLE ended_generations (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    device_id TEXT NOT NULL,
    generation INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE boots (
    boot INTEGER PRIMARY KEY AUTOINCREMENT,
    device INTEGER NOT NULL REFERENCES devices,
    boot_id INTEGER NOT NULL,
    -- of the handshakes accepted
    greatest_uptime INTEGER,
    UNIQUE (device, boot_id)
  ) STRICT;

  CREATE TABLE clock_samples (
    boot INTEGER NOT NULL REFERENCES boots,
    epoch INTEGER NOT NULL,
    uptime INTEGER NOT NULL,
    server_time INTEGER NOT NULL,
    uncertainty INTEGER NOT NULL,
    PRIMARY KEY (boot, epoch, uptime)
  ) STRICT, WITHOUT ROWID;

  -- One B-tree and no index: each index more is a page written for each reading, and SD cards wear.
  CREATE TABLE readings (
    boot INTEGER NOT NULL REFERENCES boots,
    sequence INTEGER NOT NULL,
    time_source INTEGER NOT NULL,
    uptime INTEGER,
    received_at INTEGER,
    -- Times beside received_at, or beside 0 where that is null: they are near it and take half the space so.
    own_offset INTEGER,
    resolved_offset INTEGER,
    own_time INTEGER AS (ifnull(received_at, 0) + own_offset) VIRTUAL,
    resolved_time INTEGER AS (ifnull(received_at, 0) + resolved_offset) VIRTUAL,
    -- 0 by nothing, 1 by the device's own stamp, 2 by a clock sample
    resolved_by INTEGER NOT NULL,
    bmp280_temperature_celsius REAL,
    bmp280_pressure_pascals REAL,
    mpu6050_acceleration_x REAL,
    mpu6050_acceleration_y REAL,
    mpu6050_acceleration_z REAL,
    mpu6050_angular_velocity_x REAL,
    mpu6050_angular_velocity_y REAL,
    mpu6050_angular_velocity_z REAL,
    mpu6050_temperature_celsius REAL,
    sht4x_temperature_celsius REAL,
    sht4x_humidity_percent REAL,
    PRIMARY KEY (boot, sequence)
  ) STRICT, WITHOUT ROWID;
  `,
  accessTables,
  `
  -- What arrives, in order of arrival, until it is settled in blocks. No reference to the boot, whose removal would
  -- have to look for it here.
  CREATE TABLE arrivals (
    arrival INTEGER PRIMARY KEY,
    boot INTEGER NOT NULL,
    readings BLOB NOT NULL
  ) STRICT;

  CREATE TABLE blocks (
    block INTEGER PRIMARY KEY,
    boot INTEGER NOT NULL REFERENCES boots,
    first_sequence INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    readings_count INTEGER NOT NULL,
    -- of the resolved times
    first_time INTEGER,
    last_time INTEGER,
    -- of the reading at last_time
    latest_sequence INTEGER,
    first_arrival INTEGER NOT NULL,
    last_arrival INTEGER NOT NULL,
    last_received_at INTEGER,
    readings BLOB NOT NULL
  ) STRICT;
  -- All that is asked of many blocks, so that only the wanted ones are read.
  CREATE UNIQUE INDEX blocks_by_boot ON blocks (boot, first_sequence, last_sequence, readings_count, first_time,
    last_time, latest_sequence, first_arrival, last_arrival, last_received_at);

  -- a boot's arrivals up to this one are in blocks
  ALTER TABLE boots ADD COLUMN settled_arrival INTEGER NOT NULL DEFAULT 0;
  -- numbers of arrivals up to this one are spent, though the log may be empty
  ALTER TABLE settings ADD COLUMN last_arrival INTEGER NOT NULL DEFAULT 0;
  -- counts the changes to readings that had been stored before
  ALTER TABLE settings ADD COLUMN rewrites INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE devices ADD COLUMN refused_sensors INTEGER NOT NULL DEFAULT 0;
  `,
  settleRows,
];
