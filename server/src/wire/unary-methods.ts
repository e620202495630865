import { toBinary, toJsonString } from '@bufbuild/protobuf';
import {
  DeviceService,
  KeyExchangeRequestSchema,
  KeyExchangeResponseSchema,
  SensorUploadRequestSchema,
  TimeSyncRequestSchema,
} from '#gen/device_service_pb.js';
import type { DeviceCalls } from '../ingest/device-calls.ts';
import { decodeBinary, decodeJson } from './decode.ts';
import { decodeEnvelope, encodeEnvelope } from './envelope.ts';

/** A method from body to body, both in proto3's JSON or both in binary. Throws or rejects with a SealpostError. */
export interface UnaryMethod {
  readonly name: string;
  answer(body: Buffer, json: boolean): Promise<Buffer>;
}

/** The methods of DeviceService by their paths. */
export function unaryMethods(calls: DeviceCalls): ReadonlyMap<string, UnaryMethod> {
  const keyExchange = async (body: Buffer, json: boolean) => {
    const response = await calls.keyExchange((json ? decodeJson : decodeBinary)(KeyExchangeRequestSchema, body));
    return Buffer.from(
      json ? toJsonString(KeyExchangeResponseSchema, response) : toBinary(KeyExchangeResponseSchema, response),
    );
  };
  const sensorUpload = async (body: Buffer, json: boolean) =>
    encodeEnvelope(await calls.sensorUpload(decodeEnvelope(SensorUploadRequestSchema, body, json)), json);
  const timeSync = async (body: Buffer, json: boolean) =>
    encodeEnvelope(await calls.timeSync(decodeEnvelope(TimeSyncRequestSchema, body, json)), json);
  const answers = { keyExchange, sensorUpload, timeSync };
  return new Map(
    DeviceService.methods.map(({ name, localName }) => [
      `/${DeviceService.typeName}/${name}`,
      { name, answer: answers[localName as keyof typeof answers] },
    ]),
  );
}
