import type { KeyExchangeRequest, KeyExchangeResponse } from '#gen/device_service_pb.js';
import type { SealedRecord } from '#gen/record_pb.js';
import { keyExchange } from './key-exchange.ts';
import type { IngestParts } from './parts.ts';
import { sensorUpload } from './sensor-upload.ts';
import { timeSync } from './time-sync.ts';

/** The three calls of a device, with no HTTP in sight. Each rejects with a SealpostError. */
export interface DeviceCalls {
  keyExchange(request: KeyExchangeRequest): Promise<KeyExchangeResponse>;
  sensorUpload(record: SealedRecord | undefined): Promise<SealedRecord>;
  timeSync(record: SealedRecord | undefined): Promise<SealedRecord>;
}

export function deviceCalls(parts: IngestParts): DeviceCalls {
  return {
    keyExchange: (request) => keyExchange(parts, request),
    sensorUpload: (record) => sensorUpload(parts, record),
    timeSync: (record) => timeSync(parts, record),
  };
}
