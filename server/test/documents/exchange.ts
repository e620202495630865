import { createCipheriv } from 'node:crypto';
import { create, type DescMessage, fromJson, type MessageShape, toBinary, toJson } from '@bufbuild/protobuf';
import { ClockAnswerSchema, ClockReportSchema } from '#gen/clock_pb.js';
import {
  KeyExchangeRequestSchema,
  KeyExchangeResponseSchema,
  SensorUploadRequestSchema,
  SensorUploadResponseSchema,
  TimeSyncRequestSchema,
  TimeSyncResponseSchema,
} from '#gen/device_service_pb.js';
import { HelloSchema, WelcomeSchema } from '#gen/handshake_pb.js';
import { ReadingBatchSchema, UploadReceiptSchema } from '#gen/reading_pb.js';
import * as aead from '../../src/crypto/aead.ts';
import { aesGcm, importEphemeral, initiate, openMessage1, type SplitKeys, x25519 } from '../../src/crypto/noise.ts';
import { deriveRecordKeys, importRecordKeys, type RecordMethod, sealRecord } from '../../src/crypto/record.ts';
import { hex } from '../hex.ts';
import { handshakeSteps } from './noise-steps.ts';

/** What section 11 of docs/protocol-v1.md is given: everything else in it follows. */
export const givenLabels = [
  'device id',
  'device key',
  'device ephemeral private key',
  'server ephemeral private key',
  'Hello, as JSON',
  'Welcome, as JSON',
  'ReadingBatch, as JSON',
  'UploadReceipt, as JSON',
  'ClockReport, as JSON',
  'ClockAnswer, as JSON',
] as const;
export type GivenLabel = (typeof givenLabels)[number];
export type Given = Readonly<Record<GivenLabel, string>>;

/** Bodies as HTTP carries them. */
export interface Bodies {
  readonly keyExchangeRequest: Uint8Array;
  readonly keyExchangeResponse: Uint8Array;
  readonly sensorUploadRequest: Uint8Array;
  readonly sensorUploadResponse: Uint8Array;
  readonly timeSyncRequest: Uint8Array;
  readonly timeSyncResponse: Uint8Array;
}

/** The exchange that the given values bring about: every label of section 11 with its value, and the bodies. */
export function exchangeOf(given: Given): { readonly values: ReadonlyMap<string, string>; readonly bodies: Bodies } {
  const values = new Map<string, string>(givenLabels.map((label) => [label, given[label]]));
  const show = <Bytes extends Uint8Array>(label: string, bytes: Bytes): Bytes => {
    const text = hexLines(bytes);
    // Much is worked out twice, by the server's code and by the document's words: it has to be the same.
    if ((values.get(label) ?? text) !== text) throw new Error(`two ways to "${label}" give different bytes`);
    values.set(label, text);
    return bytes;
  };
  const encode = <Schema extends DescMessage>(schema: Schema, label: GivenLabel): Uint8Array =>
    show(schema.name, toBinary(schema, fromJson(schema, JSON.parse(given[label]))));
  const encodeBody = <Schema extends DescMessage>(schema: Schema, message: MessageShape<Schema>): Uint8Array =>
    show(schema.name, toBinary(schema, message));

  // The handshake, with the server's code.
  const deviceId = given['device id'];
  const deviceKey = hex(given['device key']);
  const device = importEphemeral(hex(given['device ephemeral private key']));
  const server = importEphemeral(hex(given['server ephemeral private key']));
  show('device ephemeral public key', device.publicKey);
  show('server ephemeral public key', server.publicKey);
  const sharedSecret = show('shared secret', x25519(device.privateKey, server.publicKey)!);
  const hello = encode(HelloSchema, 'Hello, as JSON');
  const welcome = encode(WelcomeSchema, 'Welcome, as JSON');
  const parameters = { cipher: aesGcm, psk: deviceKey, prologue: Buffer.from(`sealpost.v1\0${deviceId}`) };
  const initiator = initiate(parameters, device, hello);
  const answer = openMessage1(parameters, initiator.message)!.respond(server, welcome)!;
  const finished = initiator.finish(answer.message)!;

  // And once more by the letter of section 4; section 11 shows this one's steps.
  const steps = handshakeSteps({
    deviceId,
    deviceKey,
    devicePublicKey: device.publicKey,
    serverPublicKey: server.publicKey,
    sharedSecret,
    hello,
    welcome,
  });
  for (const [label, bytes] of steps) show(label, bytes);
  show('message 1', initiator.message);
  show('message 2', answer.message);
  showSplit(show, finished.keys);
  const keyExchangeRequest = encodeBody(
    KeyExchangeRequestSchema,
    create(KeyExchangeRequestSchema, { deviceId, handshake: initiator.message }),
  );
  const keyExchangeResponse = encodeBody(
    KeyExchangeResponseSchema,
    create(KeyExchangeResponseSchema, { handshake: answer.message }),
  );

  // The records.
  const { sessionId } = fromJson(WelcomeSchema, JSON.parse(given['Welcome, as JSON']));
  const sealing = {
    request: sealer(show, 'device to server', finished.keys.initiatorToResponder, sessionId),
    response: sealer(show, 'server to device', finished.keys.responderToInitiator, sessionId),
  };
  const upload = create(SensorUploadRequestSchema, {
    record: sealing.request('SensorUpload', 1, encode(ReadingBatchSchema, 'ReadingBatch, as JSON')),
  });
  const sensorUploadRequest = encodeBody(SensorUploadRequestSchema, upload);
  values.set('SensorUploadRequest, as JSON', JSON.stringify(toJson(SensorUploadRequestSchema, upload), null, 2));
  const receipt = sealing.response('SensorUpload', 1, encode(UploadReceiptSchema, 'UploadReceipt, as JSON'));
  const report = sealing.request('TimeSync', 2, encode(ClockReportSchema, 'ClockReport, as JSON'));
  const time = sealing.response('TimeSync', 2, encode(ClockAnswerSchema, 'ClockAnswer, as JSON'));
  return {
    values,
    bodies: {
      keyExchangeRequest,
      keyExchangeResponse,
      sensorUploadRequest,
      sensorUploadResponse: encodeBody(
        SensorUploadResponseSchema,
        create(SensorUploadResponseSchema, { record: receipt }),
      ),
      timeSyncRequest: encodeBody(TimeSyncRequestSchema, create(TimeSyncRequestSchema, { record: report })),
      timeSyncResponse: encodeBody(TimeSyncResponseSchema, create(TimeSyncResponseSchema, { record: time })),
    },
  };
}

type Show = <Bytes extends Uint8Array>(label: string, bytes: Bytes) => Bytes;

function showSplit(show: Show, keys: SplitKeys): void {
  show('handshake hash, h after step 10', keys.handshakeHash);
  show('split key, device to server', keys.initiatorToResponder);
  show('split key, server to device', keys.responderToInitiator);
}

/** Seals records of one direction, and shows what section 5 makes on the way. */
function sealer(show: Show, direction: string, splitKey: Buffer, sessionId: bigint) {
  const bytes = deriveRecordKeys(splitKey);
  show(`MAC_KEY, ${direction}`, bytes.subarray(0, 16));
  show(`ENC_KEY, ${direction}`, bytes.subarray(16, 32));
  show(`IV_KEY, ${direction}`, bytes.subarray(32, 48));
  const keys = importRecordKeys(bytes);
  return (method: RecordMethod, counter: number, plaintext: Uint8Array) => {
    const place = `${method}, ${direction}`;
    const block = Buffer.concat([Buffer.alloc(8), bigEndian(BigInt(counter))]);
    const iv = createCipheriv('aes-128-ecb', keys.iv, null).setAutoPadding(false).update(block);
    const associatedData = Buffer.concat([
      Buffer.from(`${method}\0`),
      bigEndian(sessionId),
      bigEndian(BigInt(counter)),
    ]);
    const byHand = aead.seal(keys, iv, associatedData, plaintext);
    const sealed = sealRecord(keys, { method, sessionId, counter }, plaintext);
    if (!sealed.equals(byHand)) throw new Error(`${place}: record.ts does not do what section 5 says`);
    show(`IV, ${place}`, iv);
    show(`associated data, ${method}`, associatedData);
    show(`sealed, ${place}`, sealed);
    return { sessionId, counter: BigInt(counter), sealed };
  };
}

function bigEndian(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

/** 32 bytes a line. */
export function hexLines(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .match(/.{1,64}/g)!
    .join('\n');
}
