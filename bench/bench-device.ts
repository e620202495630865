import { randomBytes } from 'node:crypto';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { ClockReportSchema, ClockSource } from '#gen/clock_pb.js';
import {
  KeyExchangeRequestSchema,
  KeyExchangeResponseSchema,
  SensorUploadRequestSchema,
  TimeSyncRequestSchema,
} from '#gen/device_service_pb.js';
import { generateEphemeral } from '../server/src/crypto/noise.ts';
import { deriveRecordKeys, importRecordKeys, type RecordMethod, sealRecord } from '../server/src/crypto/record.ts';
import { beginHandshake, type DeviceIdentity, type PendingHandshake } from '../server/src/device/handshake.ts';
import { durationOf, second, timestampOf } from '../server/src/time.ts';
import { httpBody, httpPost } from './http.ts';
import type { Line } from './line.ts';
import { encodeBatch, SensorWalk } from './reading.ts';

interface BenchSession {
  readonly id: bigint;
  /** 48 bytes: KeyObjects of 100,000 sessions would take more memory than the rest. */
  readonly sealing: Buffer;
  counter: number;
}

const path = '/sealpost.v1.DeviceService';

/** A device that writes its requests ahead of time, whole HTTP texts, so that no sealing is measured beside the server. */
export class BenchDevice {
  readonly identity: DeviceIdentity;
  #bootId = 0n;
  #sequence = 0;
  readonly #walk = new SensorWalk(1);
  #pending: PendingHandshake | undefined;
  #session: BenchSession | undefined;

  constructor(identity: DeviceIdentity) {
    this.identity = identity;
  }

  /** A KeyExchange as of a fresh boot. */
  keyExchange(): Buffer {
    this.#bootId = randomBytes(8).readBigUInt64BE() | 1n;
    this.#sequence = 0;
    const hello = {
      bootId: this.#bootId,
      uptime: 60 * second,
      firmwareVersion: '1.0.0',
      hardware: 'esp32-s2-saola-1',
    };
    this.#pending = beginHandshake(this.identity, hello, generateEphemeral());
    const body = toBinary(KeyExchangeRequestSchema, this.#pending.request);
    return httpPost(`${path}/KeyExchange`, 'application/proto', body);
  }

  /** Takes the answer to the last keyExchange(). */
  begin(answer: Buffer): void {
    if (!this.#pending) throw new Error('no handshake is under way');
    const { welcome, keys } = this.#pending.finish(fromBinary(KeyExchangeResponseSchema, httpBody(answer)));
    this.#pending = undefined;
    this.#session = { id: welcome.sessionId, sealing: deriveRecordKeys(keys.initiatorToResponder), counter: 0 };
  }

  async shakeHands(line: Line): Promise<void> {
    this.begin(await line.exchange(this.keyExchange()));
  }

  /** So many SensorUploads with so many readings each, to be sent in this order. */
  uploads(count: number, readingsPerUpload = 1): Buffer[] {
    const plaintexts = Array.from({ length: count }, () => {
      const first = this.#sequence + 1;
      this.#sequence += readingsPerUpload;
      return encodeBatch(this.#bootId, first, readingsPerUpload, this.#walk);
    });
    return this.#seal('SensorUpload', plaintexts).map((record) => {
      const body = toBinary(SensorUploadRequestSchema, create(SensorUploadRequestSchema, { record }));
      return httpPost(`${path}/SensorUpload`, 'application/proto', body);
    });
  }

  /** So many TimeSyncs, to be sent in this order. */
  timeSyncs(count: number): Buffer[] {
    const report = create(ClockReportSchema, {
      source: ClockSource.LOCAL,
      deviceTime: timestampOf(Date.now() * 1000),
      uptime: durationOf(120 * second),
      utcOffsetSeconds: 3600,
      measuredOffset: durationOf(1500),
      roundTrip: durationOf(8000),
    });
    const plaintext = toBinary(ClockReportSchema, report);
    return this.#seal('TimeSync', new Array<Uint8Array>(count).fill(plaintext)).map((record) => {
      const body = toBinary(TimeSyncRequestSchema, create(TimeSyncRequestSchema, { record }));
      return httpPost(`${path}/TimeSync`, 'application/proto', body);
    });
  }

  #seal(method: RecordMethod, plaintexts: readonly Uint8Array[]) {
    const session = this.#session;
    if (!session) throw new Error('no session: shake hands first');
    const keys = importRecordKeys(session.sealing);
    return plaintexts.map((plaintext) => {
      session.counter += 1;
      const place = { method, sessionId: session.id, counter: session.counter };
      return {
        sessionId: session.id,
        counter: BigInt(session.counter),
        sealed: sealRecord(keys, place, plaintext),
      };
    });
  }
}
