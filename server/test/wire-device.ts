import type { MessageInitShape } from '@bufbuild/protobuf';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type ClockAnswer, ClockAnswerSchema, ClockReportSchema } from '#gen/clock_pb.js';
import {
  KeyExchangeRequestSchema,
  KeyExchangeResponseSchema,
  SensorUploadRequestSchema,
  SensorUploadResponseSchema,
} from '#gen/device_service_pb.js';
import { HelloSchema, type Welcome, WelcomeSchema } from '#gen/handshake_pb.js';
import { ReadingBatchSchema, type ReadingSchema, type UploadReceipt, UploadReceiptSchema } from '#gen/reading_pb.js';
import { aesGcm, generateEphemeral, initiate } from '../src/crypto/noise.ts';
import {
  deriveRecordKeys,
  importRecordKeys,
  openRecord,
  type RecordKeys,
  type RecordMethod,
  sealRecord,
} from '../src/crypto/record.ts';
import { durationOf, type Micros, second } from '../src/time.ts';
import type { TestServer } from './test-server.ts';

/** What a call came to: an HTTP status with the error's code, or 200 with the plaintext. */
export interface Outcome<Message> {
  readonly status: number;
  readonly error?: { readonly code: string; readonly message: string };
  readonly headers: Record<string, unknown>;
  readonly message?: Message;
}

/** The one answer to everyone who can't prove who they are, word for word. */
export const refusal = {
  code: 'unauthenticated',
  message: 'not accepted: shake hands again; if that is refused too, check the device id and key',
};

export interface WireSession {
  readonly sessionId: bigint;
  readonly keys: { readonly send: RecordKeys; readonly receive: RecordKeys };
  counter: number;
}

type BatchInit = MessageInitShape<typeof ReadingBatchSchema>;
type ReportInit = MessageInitShape<typeof ClockReportSchema>;

/**
 * A device that does each step of the wire on its own word, so that a test can do any of them wrong: seal under any
 * counter, send a record twice, keep an old session.
 */
export class WireDevice {
  readonly server: TestServer;
  readonly deviceId: string;
  readonly key: Buffer;
  bootId = 0x0000000100000001n;
  session: WireSession | undefined;
  /** The last handshake's request body. */
  lastHello = Buffer.alloc(0);
  #uptime: Micros = second;

  constructor(server: TestServer, deviceId: string, key: Buffer) {
    this.server = server;
    this.deviceId = deviceId;
    this.key = key;
  }

  static async registered(server: TestServer, deviceId = 'greenhouse'): Promise<WireDevice> {
    const device = new WireDevice(server, deviceId, await server.addDevice(deviceId));
    await device.shakeHands();
    return device;
  }

  /** Sends a body to a method as `application/proto`. */
  async post(
    method: string,
    body: Uint8Array,
  ): Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }> {
    return this.server.request({
      method: 'POST',
      url: `/sealpost.v1.DeviceService/${method}`,
      headers: { 'content-type': 'application/proto' },
      payload: Buffer.from(body),
    });
  }

  async shakeHands(uptime: Micros = this.#uptime + second): Promise<Outcome<Welcome>> {
    this.#uptime = uptime;
    const prologue = Buffer.from(`sealpost.v1\0${this.deviceId}`);
    const hello = create(HelloSchema, {
      bootId: this.bootId,
      uptime: durationOf(uptime),
      firmwareVersion: '1.0.0',
      hardware: 'test',
    });
    const initiator = initiate(
      { cipher: aesGcm, psk: this.key, prologue },
      generateEphemeral(),
      toBinary(HelloSchema, hello),
    );
    const request = create(KeyExchangeRequestSchema, { deviceId: this.deviceId, handshake: initiator.message });
    this.lastHello = Buffer.from(toBinary(KeyExchangeRequestSchema, request));
    const response = await this.post('KeyExchange', this.lastHello);
    if (response.status !== 200) return outcome(response);
    const finished = initiator.finish(Buffer.from(fromBinary(KeyExchangeResponseSchema, response.body).handshake));
    if (!finished) throw new Error('message 2 did not open');
    const welcome = fromBinary(WelcomeSchema, finished.payload);
    this.session = {
      sessionId: welcome.sessionId,
      keys: {
        send: importRecordKeys(deriveRecordKeys(finished.keys.initiatorToResponder)),
        receive: importRecordKeys(deriveRecordKeys(finished.keys.responderToInitiator)),
      },
      counter: 0,
    };
    return { ...outcome(response), message: welcome };
  }

  get current(): WireSession {
    if (!this.session) throw new Error('no session');
    return this.session;
  }

  /** A request's body: the plaintext sealed under the next counter, or under the one given. */
  seal(method: RecordMethod, plaintext: Uint8Array, counter = ++this.current.counter, session = this.current): Buffer {
    const sealed = sealRecord(session.keys.send, { method, sessionId: session.sessionId, counter }, plaintext);
    return this.wrap({ sessionId: session.sessionId, counter: BigInt(counter), sealed });
  }

  /** A request's body around a record as it is. The three requests that hold one have the same shape. */
  wrap(record: { sessionId: bigint; counter: bigint; sealed: Uint8Array }): Buffer {
    return Buffer.from(toBinary(SensorUploadRequestSchema, create(SensorUploadRequestSchema, { record })));
  }

  sealBatch(batch: BatchInit, counter?: number): Buffer {
    return this.seal(
      'SensorUpload',
      toBinary(ReadingBatchSchema, create(ReadingBatchSchema, { bootId: this.bootId, ...batch })),
      counter,
    );
  }

  async upload(batch: BatchInit): Promise<Outcome<UploadReceipt>> {
    return this.send('SensorUpload', this.sealBatch(batch), UploadReceiptSchema);
  }

  async syncTime(report: ReportInit): Promise<Outcome<ClockAnswer>> {
    const body = this.seal('TimeSync', toBinary(ClockReportSchema, create(ClockReportSchema, report)));
    return this.send('TimeSync', body, ClockAnswerSchema);
  }

  /** Sends a sealed request and opens its response. */
  async send<Schema extends typeof UploadReceiptSchema | typeof ClockAnswerSchema>(
    method: RecordMethod,
    body: Uint8Array,
    schema: Schema,
    session = this.current,
  ): Promise<Outcome<Schema extends typeof UploadReceiptSchema ? UploadReceipt : ClockAnswer>> {
    const response = await this.post(method, body);
    if (response.status !== 200) return outcome(response);
    const record = fromBinary(SensorUploadResponseSchema, response.body).record;
    const counter = fromBinary(SensorUploadRequestSchema, body).record?.counter;
    if (!record || record.sessionId !== session.sessionId || record.counter !== counter)
      throw new Error('another record came back');
    const place = { method, sessionId: record.sessionId, counter: Number(record.counter) };
    const opened = openRecord(session.keys.receive, place, Buffer.from(record.sealed));
    if (!('plaintext' in opened)) throw new Error(`the response did not open: ${opened.refused}`);
    return { ...outcome(response), message: fromBinary(schema, opened.plaintext) as never };
  }
}

function outcome(response: { status: number; headers: Record<string, unknown>; body: Buffer }): Outcome<never> {
  const { status, headers } = response;
  return status === 200 ? { status, headers } : { status, headers, error: JSON.parse(response.body.toString()) };
}

type ReadingInit = MessageInitShape<typeof ReadingSchema>;

/** A reading with every sensor, unless told otherwise; its values show where they are rounded, as a sensor's own do. */
export function reading(sequence: number | bigint, more: Partial<ReadingInit> = {}): ReadingInit {
  return {
    sequence: BigInt(sequence),
    uptime: durationOf(Number(sequence) * 10 * second),
    timeSource: 1,
    bmp280: { temperatureCelsius: 21.456, pressurePascals: 101_325 },
    mpu6050: {
      accelerationMps2: { x: 0.12345, y: -0.5, z: 9.80665 },
      angularVelocityRps: { x: 0.01, y: 0, z: -0.02 },
      temperatureCelsius: 24.5,
    },
    sht4x: { temperatureCelsius: 21.3, humidityPercent: 45.678 },
    ...more,
  } as ReadingInit;
}
