import type { DeviceStatus } from '../../readings/reading.ts';
import type { ContactNote, DeviceSummary, DevicesQuery } from '../store.ts';
import type { Connection } from './connection.ts';
import { signed64, unsigned64 } from './integers.ts';

interface DeviceRow {
  readonly device: number;
  readonly device_id: string;
  readonly added_at: number;
  readonly current_generation: number | null;
  readonly pending_generation: number | null;
  readonly firmware_version: string | null;
  readonly hardware: string | null;
  readonly utc_offset_seconds: number | null;
  readonly queued_readings: number | null;
  readonly dropped_readings: string | null;
  readonly free_heap_bytes: number | null;
  readonly rssi_dbm: number | null;
  readonly refused_sensors: number;
}

/** The summary of a device but for what its readings say. */
export interface DeviceFacts {
  readonly device: number;
  readonly summary: Omit<DeviceSummary, 'latestReadingAt' | 'lastReceivedAt'>;
}

// As text, since a number can't hold 64 bits and a statement gives either all its integers as bigints or none.
const selectDevices = `
  SELECT device, device_id, added_at, current_generation, pending_generation, firmware_version, hardware,
    utc_offset_seconds, queued_readings, CAST(dropped_readings AS TEXT) AS dropped_readings, free_heap_bytes, rssi_dbm,
    refused_sensors
  FROM devices`;

/** What is known of the devices beside their keys and readings. */
export class Devices {
  readonly #behind;
  readonly #count;
  readonly #byId;
  readonly #describe;
  readonly #setStatus;
  readonly #addRefused;
  readonly #remove;

  constructor(connection: Connection) {
    this.#behind = connection.all<DeviceRow>(`${selectDevices} WHERE device_id > ? ORDER BY device_id LIMIT ?`);
    this.#count = connection.one<{ devices: number }>('SELECT count(*) AS devices FROM devices');
    this.#byId = connection.one<DeviceRow>(`${selectDevices} WHERE device_id = ?`);
    // What says nothing new writes no page: SD cards wear.
    this.#describe = connection.run(`
      UPDATE devices SET
        utc_offset_seconds = ifnull(?1, utc_offset_seconds),
        firmware_version = ifnull(?2, firmware_version),
        hardware = ifnull(?3, hardware)
      WHERE device = ?4 AND (ifnull(?1, utc_offset_seconds), ifnull(?2, firmware_version), ifnull(?3, hardware))
        IS NOT (utc_offset_seconds, firmware_version, hardware)`);
    this.#setStatus = connection.run(`
      UPDATE devices SET queued_readings = ?1, dropped_readings = ?2, free_heap_bytes = ?3, rssi_dbm = ?4
      WHERE device = ?5
        AND (?1, ?2, ?3, ?4) IS NOT (queued_readings, dropped_readings, free_heap_bytes, rssi_dbm)`);
    this.#addRefused = connection.run('UPDATE devices SET refused_sensors = refused_sensors + ? WHERE device = ?');
    this.#remove = connection.run('DELETE FROM devices WHERE device = ?');
  }

  list({ deviceId, after = '', limit = -1 }: DevicesQuery): DeviceFacts[] {
    if (deviceId === undefined) return this.#behind(after, limit).map(factsOf);
    const facts = deviceId > after ? this.find(deviceId) : undefined;
    return facts === undefined ? [] : [facts];
  }

  count(): number {
    return this.#count()?.devices ?? 0;
  }

  find(deviceId: string): DeviceFacts | undefined {
    const row = this.#byId(deviceId);
    return row && factsOf(row);
  }

  describe(device: number, note: ContactNote): void {
    const { utcOffsetSeconds, firmwareVersion, hardware } = note;
    if (utcOffsetSeconds === undefined && firmwareVersion === undefined && hardware === undefined) return;
    this.#describe(utcOffsetSeconds ?? null, firmwareVersion ?? null, hardware ?? null, device);
  }

  setStatus(device: number, status: DeviceStatus): void {
    const { queuedReadings, droppedReadings, freeHeapBytes, rssiDbm } = status;
    this.#setStatus(queuedReadings, signed64(droppedReadings), freeHeapBytes, rssiDbm, device);
  }

  addRefused(device: number, sensors: number): void {
    this.#addRefused(sensors, device);
  }

  remove(device: number): void {
    this.#remove(device);
  }
}

function factsOf(row: DeviceRow): DeviceFacts {
  return {
    device: row.device,
    summary: {
      deviceId: row.device_id,
      addedAt: row.added_at,
      currentGeneration: row.current_generation,
      pendingGeneration: row.pending_generation,
      firmwareVersion: row.firmware_version,
      hardware: row.hardware,
      utcOffsetSeconds: row.utc_offset_seconds,
      status: statusOf(row),
      refusedSensors: row.refused_sensors,
    },
  };
}

function statusOf(row: DeviceRow): DeviceStatus | null {
  const { queued_readings, dropped_readings, free_heap_bytes, rssi_dbm } = row;
  if (queued_readings === null || dropped_readings === null || free_heap_bytes === null || rssi_dbm === null) {
    return null;
  }
  return {
    queuedReadings: queued_readings,
    droppedReadings: unsigned64(dropped_readings),
    freeHeapBytes: free_heap_bytes,
    rssiDbm: rssi_dbm,
  };
}
