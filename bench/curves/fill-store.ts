/**
 * Run as a process of its own: fills a data directory through the store's interface, and says what that took as JSON.
 * Arguments: data directory, devices, readings, readings in each batch.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type CheckedBatch, type Reading, timeSource } from '../../server/src/readings/reading.ts';
import { openSqliteStore } from '../../server/src/store/sqlite/sqlite-store.ts';
import type { SessionOwner, Store } from '../../server/src/store/store.ts';
import { second, systemClock } from '../../server/src/time.ts';
import { usageOf } from '../process-usage.ts';
import { SensorWalk } from '../reading.ts';

export interface Filled {
  readonly readings: number;
  readonly seconds: number;
  /** Without the devices themselves. */
  readonly writtenBytes: number;
  /** All files in the data directory, once the store is closed, without the devices themselves. */
  readonly fileBytes: number;
}

/** As many as the connections of the other measurements. */
const appendsAtOnce = 64;
const [data = '', ...numbers] = process.argv.slice(2);
const [devices = 1, readings = 1, perBatch = 1] = numbers.map(Number);

/** One device's readings, one each 10 s until now. */
class FilledDevice {
  readonly #owner: SessionOwner;
  readonly #walk: SensorWalk;
  readonly #began: number;
  #sequence = 0;

  constructor(owner: SessionOwner, seed: number) {
    this.#owner = owner;
    this.#walk = new SensorWalk(seed);
    this.#began = systemClock.wall() - (readings / devices) * 10 * second;
  }

  async append(store: Store, count: number): Promise<number> {
    const batch: CheckedBatch = {
      bootId: 1n,
      readings: Array.from({ length: count }, () => this.#reading()),
      refusedSensors: 0,
      status: null,
    };
    await store.appendReadings({ ...this.#owner, batch, receivedAt: systemClock.wall() });
    return count;
  }

  #reading(): Reading {
    const values = this.#walk.next();
    this.#sequence += 1;
    const uptime = this.#sequence * 10 * second;
    return {
      sequence: this.#sequence,
      ownTime: this.#began + uptime,
      timeSource: timeSource.ntp,
      uptime,
      bmp280: {
        temperatureCelsius: Math.fround(values.temp_bmp),
        pressurePascals: Math.fround(values.pressure_bmp * 100),
      },
      mpu6050: {
        acceleration: { x: Math.fround(values.ax), y: Math.fround(values.ay), z: Math.fround(values.az) },
        angularVelocity: { x: Math.fround(values.gx), y: Math.fround(values.gy), z: Math.fround(values.gz) },
        temperatureCelsius: Math.fround(values.temp_mpu),
      },
      sht4x: {
        temperatureCelsius: Math.fround(values.temp_sht4),
        humidityPercent: Math.fround(values.humid_sht4),
      },
    };
  }
}

function fileBytes(): number {
  return readdirSync(data).reduce((sum, name) => sum + statSync(join(data, name)).size, 0);
}

async function registered(): Promise<FilledDevice[]> {
  const store = await openSqliteStore({ dataDirectory: data, randomBytes });
  const made: FilledDevice[] = [];
  for (let index = 0; index < devices; index += 1) {
    const deviceId = `bench-${index}`;
    await store.addDevice(deviceId, randomBytes(32), systemClock.wall());
    const [key] = await store.deviceKeys(deviceId);
    made.push(new FilledDevice({ deviceId, generation: key?.generation ?? 0 }, index + 1));
  }
  await store.close();
  return made;
}

const all = await registered();
const filesBefore = fileBytes();
const writtenBefore = usageOf(process.pid).diskBytes;
const began = performance.now();
const store = await openSqliteStore({ dataDirectory: data, randomBytes, exclusive: true });
let left = readings;
let turn = 0;
async function appendUntilDone(): Promise<void> {
  while (left > 0) {
    const count = Math.min(perBatch, left);
    left -= count;
    const device = all[turn % devices];
    turn += 1;
    await device?.append(store, count);
  }
}
await Promise.all(Array.from({ length: appendsAtOnce }, appendUntilDone));
const seconds = (performance.now() - began) / 1000;
await store.close();
const filled: Filled = {
  readings,
  seconds,
  writtenBytes: usageOf(process.pid).diskBytes - writtenBefore,
  fileBytes: fileBytes() - filesBefore,
};
process.stdout.write(`${JSON.stringify(filled)}\n`);
