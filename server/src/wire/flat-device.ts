import { keyStateOf } from '../readers/device-views.ts';
import type { DeviceSummary } from '../store/store.ts';
import { type Micros, rfc3339 } from '../time.ts';

/** A device as GET /devices gives it; null for what it has not said or done yet. Text is in the device's own words. */
export function flatDevice(device: DeviceSummary) {
  const { status } = device;
  return {
    device: device.deviceId,
    key: keyStateOf(device),
    added_at: rfc3339(device.addedAt),
    last_received_at: time(device.lastReceivedAt),
    latest_reading_at: time(device.latestReadingAt),
    firmware_version: device.firmwareVersion,
    hardware: device.hardware,
    utc_offset_seconds: device.utcOffsetSeconds,
    queued_readings: status?.queuedReadings ?? null,
    dropped_readings: status && Number(status.droppedReadings),
    free_heap_bytes: status?.freeHeapBytes ?? null,
    rssi_dbm: status?.rssiDbm ?? null,
    refused_sensors: device.refusedSensors,
  };
}

function time(at: Micros | null): string | null {
  return at === null ? null : rfc3339(at);
}
