/** A database from before there were blocks, with a row for each reading. */
import { mkdirSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Connection } from '../../src/store/sqlite/connection.ts';
import { migrations } from '../../src/store/sqlite/schema.ts';
import { bootId, fullReading, noon, reading, sample, stored } from './fixtures.ts';
import { makeSqlitePlace, type SqlitePlace } from './sqlite-place.ts';

let place: SqlitePlace;
beforeEach(() => {
  place = makeSqlitePlace();
  mkdirSync(place.directory, { recursive: true });
  const database = new DatabaseSync(place.database);
  const connection = new Connection(database);
  const before = migrations.slice(0, 2);
  for (const migration of before) {
    if (typeof migration === 'string') connection.execute(migration);
  }
  connection.execute(`PRAGMA application_id = ${0x736c7074}; PRAGMA user_version = ${before.length}`);
  connection.execute(`
    INSERT INTO devices (device, device_id, added_at) VALUES (1, 'kitchen', ${noon});
    INSERT INTO boots (boot, device, boot_id) VALUES (1, 1, ${bootId}), (2, 1, 77);
    INSERT INTO readings (boot, sequence, time_source, uptime, received_at, own_offset, resolved_offset, resolved_by,
      bmp280_temperature_celsius, bmp280_pressure_pascals, mpu6050_acceleration_x, mpu6050_acceleration_y,
      mpu6050_acceleration_z, mpu6050_angular_velocity_x, mpu6050_angular_velocity_y, mpu6050_angular_velocity_z,
      mpu6050_temperature_celsius, sht4x_temperature_celsius, sht4x_humidity_percent)
    VALUES (1, 1, 3, 5000000, ${noon}, -7, -7, 1, 21.5, 101325, 0.125, -0.5, 9.75, 0.25, 0, -0.0625, 24.5, 21.25, 45.5);
    INSERT INTO readings (boot, sequence, time_source, uptime, received_at, own_offset, resolved_offset, resolved_by)
    VALUES (1, 3, 1, 3, ${noon}, NULL, -20, 2);
    INSERT INTO readings (boot, sequence, time_source, uptime, received_at, own_offset, resolved_offset, resolved_by)
    VALUES (2, 1, 1, 1, NULL, NULL, NULL, 0);
  `);
  database.close();
});
afterEach(() => place.dispose());

test('is brought to blocks, and every reading comes back as it was', async () => {
  const store = await place.open();
  const range = { deviceId: 'kitchen', from: 0, to: noon + 1, order: 'oldest first', limit: 10 } as const;
  expect(await store.listReadings(range)).toEqual([stored(reading(3), noon - 20), stored(fullReading, noon - 7)]);
  expect(await store.latestReading()).toEqual(stored(fullReading, noon - 7));
  expect(await store.describeDevice('kitchen')).toMatchObject({ boots: 2, readings: 3, missingReadings: 1 });
});

test('takes more: what comes again is a duplicate, and a first sample gives the rest their times', async () => {
  const store = await place.open();
  await store.rotateKey('kitchen', Buffer.alloc(32, 1), { atOnce: true });
  const generation = (await store.describeDevice('kitchen'))?.currentGeneration ?? 0;
  const owner = { deviceId: 'kitchen', generation };
  const batch = { bootId, readings: [reading(2), reading(3)], refusedSensors: 0, status: null };
  expect(await store.appendReadings({ ...owner, batch, receivedAt: noon })).toEqual({ stored: 1, duplicates: 1 });
  store.noteContact({ ...owner, bootId: 77n, sample: sample(1, noon - 3) });
  await store.appendReadings({ ...owner, batch, receivedAt: noon });
  expect(await store.latestReading()).toMatchObject({ bootId: 77n, sequence: 1, resolvedTime: noon - 3 });
});
