import type { KeyExchangeRequest, KeyExchangeResponse } from '#gen/device_service_pb.js';
import { keyExchange } from './key-exchange.ts';
import type { SealedParts } from './open-request.ts';
import type { IngestParts } from './parts.ts';
import { sensorUpload } from './sensor-upload.ts';
import { timeSync } from './time-sync.ts';

/** The three calls of a device, with no HTTP in sight. Each rejects with a SealpostError. */
export interface DeviceCalls {
  keyExchange(request: KeyExchangeRequest): Promise<KeyExchangeResponse>;
  sensorUpload(record: SealedParts | undefined): Promise<SealedParts>;
  timeSync(record: SealedParts | undefined): Promise<SealedParts>;
}

export function deviceCalls(parts: IngestParts): DeviceCalls {
  return {
    keyExchange: (request) => keyExchange(parts, request),
    sensorUpload: (record) => sensorUpload(parts, record),
    timeSync: (record) => timeSync(parts, record),
  };
}
