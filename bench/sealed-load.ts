import { randomBytes } from 'node:crypto';
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import {
  DeviceService,
  KeyExchangeRequestSchema,
  KeyExchangeResponseSchema,
  SensorUploadRequestSchema,
} from '#gen/device_service_pb.js';
import { ReadingBatchSchema, type ReadingSchema, TimeSource } from '#gen/reading_pb.js';
import { generateEphemeral } from '../server/src/crypto/noise.ts';
import { deriveRecordKeys, importRecordKeys, sealRecord } from '../server/src/crypto/record.ts';
import { connectTo } from '../server/src/device/connection.ts';
import { beginHandshake, type DeviceIdentity } from '../server/src/device/handshake.ts';
import { durationOf, second, timestampOf } from '../server/src/time.ts';
import { httpPost } from './http-load.ts';

/** Sizes of the bodies, bytes. */
export interface BodySizes {
  readonly handshakeRequest: number;
  readonly handshakeResponse: number;
  readonly uploadRequest: number;
}

export interface PreparedDevice {
  readonly requests: Buffer[];
  readonly sizes: BodySizes;
}

/** Shakes hands as one device and seals its uploads ahead of time, so many full readings each: the clock is not running. */
export async function prepareDevice(
  port: number,
  identity: DeviceIdentity,
  uploads: number,
  readingsPerUpload = 1,
): Promise<PreparedDevice> {
  const connection = connectTo(`http://127.0.0.1:${port}`);
  const bootId = randomBytes(8).readBigUInt64BE() | 1n;
  const hello = { bootId, uptime: 60 * second, firmwareVersion: '1.0.0', hardware: 'esp32-s2-saola-1' };
  const handshake = beginHandshake(identity, hello, generateEphemeral());
  const response = await createClient(DeviceService, connection.transport).keyExchange(handshake.request);
  connection.close();
  const { welcome, keys } = handshake.finish(response);
  const recordKeys = importRecordKeys(deriveRecordKeys(keys.initiatorToResponder));
  const bodies = Array.from({ length: uploads }, (_, index) => {
    const counter = index + 1;
    const place = { method: 'SensorUpload' as const, sessionId: welcome.sessionId, counter };
    const sealed = sealRecord(recordKeys, place, batchOf(bootId, index * readingsPerUpload + 1, readingsPerUpload));
    const record = { sessionId: welcome.sessionId, counter: BigInt(counter), sealed };
    return toBinary(SensorUploadRequestSchema, create(SensorUploadRequestSchema, { record }));
  });
  return {
    requests: bodies.map((body) => httpPost('/sealpost.v1.DeviceService/SensorUpload', 'application/proto', body)),
    sizes: {
      handshakeRequest: toBinary(KeyExchangeRequestSchema, handshake.request).length,
      handshakeResponse: toBinary(KeyExchangeResponseSchema, response).length,
      uploadRequest: bodies[0]?.length ?? 0,
    },
  };
}

/** A batch of readings with every sensor and no status. */
function batchOf(bootId: bigint, first: number, count: number): Uint8Array {
  const readings = Array.from({ length: count }, (_, index) => fullReading(first + index));
  return toBinary(ReadingBatchSchema, create(ReadingBatchSchema, { bootId, readings }));
}

function fullReading(sequence: number): MessageInitShape<typeof ReadingSchema> {
  return {
    sequence: BigInt(sequence),
    collectedTime: timestampOf(Date.now() * 1000),
    uptime: durationOf(60 * second + sequence * 10_000),
    timeSource: TimeSource.NTP,
    bmp280: { temperatureCelsius: 21.43, pressurePascals: 101_325.5 },
    mpu6050: {
      accelerationMps2: { x: 0.12, y: -0.08, z: 9.79 },
      angularVelocityRps: { x: 0.001, y: -0.002, z: 0.003 },
      temperatureCelsius: 24.6,
    },
    sht4x: { temperatureCelsius: 21.51, humidityPercent: 48.7 },
  };
}
