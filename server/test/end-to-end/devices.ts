import { randomBytes } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import type { Transport } from '@connectrpc/connect';
import { ReadingBatchSchema, type UploadReceipt } from '#gen/reading_pb.js';
import { generateEphemeral } from '../../src/crypto/noise.ts';
import { DeviceClient } from '../../src/device/client.ts';
import { type Connection, connectTo } from '../../src/device/connection.ts';
import { systemClock } from '../../src/time.ts';
import { everyReading } from '../store/every-reading.ts';
import { reading } from '../wire-device.ts';

/** An identity that a test's devices describe themselves with. */
export const description = { firmwareVersion: '1.0.0', hardware: 'test' } as const;

export function newBootId(): bigint {
  return (1n << 32n) | BigInt(randomBytes(4).readUInt32BE());
}

/** A device's client on this machine's clock, in a boot of its own unless told. */
export function clientOver(transport: Transport, deviceId: string, deviceKey: Buffer, bootId = newBootId()) {
  const client = new DeviceClient({
    transport,
    deviceId,
    deviceKey,
    bootId,
    uptime: () => systemClock.monotonic(),
    generateEphemeral,
  });
  return {
    client,
    bootId,
    shakeHands: () => client.shakeHands(description),
    /** Uploads readings of these sequences. */
    upload: (...sequences: number[]): Promise<UploadReceipt> =>
      client.upload(create(ReadingBatchSchema, { bootId, readings: sequences.map((sequence) => reading(sequence)) })),
  };
}

const connections: Connection[] = [];

/** The same over a connection of its own; closeConnections ends it. */
export function connectDevice(server: string, deviceId: string, deviceKey: Buffer, bootId?: bigint) {
  const connection = connectTo(server);
  connections.push(connection);
  return clientOver(connection.transport, deviceId, deviceKey, bootId);
}

export function closeConnections(): void {
  for (const connection of connections.splice(0)) connection.close();
}

/** Every reading in a data directory, as `device/boot/sequence`, in order. */
export function storedReadings(dataDirectory: string): string[] {
  return everyReading(dataDirectory)
    .map(({ name }) => name)
    .sort();
}

/** Numbers from `first` to `last`. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
