import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Code, ConnectError, createRouterTransport, type Transport } from '@connectrpc/connect';
import { ClockAnswerSchema, type ClockReport, ClockReportSchema } from '#gen/clock_pb.js';
import { DeviceService, type KeyExchangeRequest } from '#gen/device_service_pb.js';
import { type DeviceSettings, type Hello, HelloSchema, type Welcome, WelcomeSchema } from '#gen/handshake_pb.js';
import { type Reading, type ReadingBatch, ReadingBatchSchema, UploadReceiptSchema } from '#gen/reading_pb.js';
import { type SealedRecord, SealedRecordSchema } from '#gen/record_pb.js';
import { aesGcm, importEphemeral, openMessage1 } from '../../src/crypto/noise.ts';
import {
  deriveRecordKeys,
  importRecordKeys,
  openRecord,
  type RecordKeys,
  type RecordMethod,
  sealRecord,
} from '../../src/crypto/record.ts';
import { type Clock, durationOf, hour, type Micros, timestampOf } from '../../src/time.ts';

export type Call = 'KeyExchange' | RecordMethod;

interface FakeSession {
  readonly receiving: RecordKeys;
  readonly sending: RecordKeys;
  readonly counters: Set<bigint>;
}

export interface FakeServerOptions {
  readonly deviceKeys: Readonly<Record<string, Buffer>>;
  readonly clock: Clock;
  /** The way of a message in one direction. */
  readonly travel?: () => Promise<void>;
}

/** The server's side by the protocol document, in memory, with hooks to misbehave. */
export class FakeServer {
  readonly transport: Transport;
  readonly calls: { readonly call: Call; readonly at: Micros }[] = [];
  readonly hellos: Hello[] = [];
  readonly batches: ReadingBatch[] = [];
  readonly reports: ClockReport[] = [];
  readonly counters: bigint[] = [];
  /** Sealed requests that verified and their sealed answers, in order, for replays. */
  readonly requests: SealedRecord[] = [];
  readonly answers: SealedRecord[] = [];
  /** By boot and sequence. */
  readonly stored = new Map<string, Reading>();
  /** Readings per boot and sequence that came again. */
  duplicates = 0;
  settings: DeviceSettings | undefined;
  trustsItsClock = true;
  /** How far its clock is from the host's. */
  clockError: Micros = 0;
  /** Runs first; throws what the call shall fail with. */
  before: (call: Call) => void | Promise<void> = () => {};
  /** Runs last, after everything is stored: gives the record that really goes out, or throws. */
  after: (call: RecordMethod, answer: SealedRecord) => SealedRecord = (_, answer) => answer;
  afterHandshake: (message: Buffer) => Buffer = (message) => message;
  readonly #options: FakeServerOptions;
  readonly #sessions = new Map<bigint, FakeSession>();
  #handshakes = 0;

  constructor(options: FakeServerOptions) {
    this.#options = options;
    this.transport = createRouterTransport(({ service }) => {
      service(DeviceService, {
        keyExchange: (request) => this.#keyExchange(request),
        sensorUpload: async ({ record }) => ({
          record: await this.#answer('SensorUpload', record, (bytes) => this.#store(bytes)),
        }),
        timeSync: async ({ record }) => ({
          record: await this.#answer('TimeSync', record, (bytes) => this.#tellTime(bytes)),
        }),
      });
    });
  }

  /** As after a restart. */
  forgetSessions(): void {
    this.#sessions.clear();
  }

  get storedSequences(): number[] {
    return [...this.stored.values()].map(({ sequence }) => Number(sequence)).sort((left, right) => left - right);
  }

  get #time(): Micros {
    return this.#options.clock.wall() + this.clockError;
  }

  #stamp() {
    return this.trustsItsClock ? timestampOf(this.#time) : undefined;
  }

  async #begin(call: Call): Promise<void> {
    this.calls.push({ call, at: this.#options.clock.monotonic() });
    await this.#options.travel?.();
    await this.before(call);
  }

  async #keyExchange({ deviceId, handshake }: KeyExchangeRequest) {
    await this.#begin('KeyExchange');
    const psk = this.#options.deviceKeys[deviceId];
    const prologue = Buffer.concat([Buffer.from('sealpost.v1'), Buffer.of(0), Buffer.from(deviceId)]);
    const opened = psk && openMessage1({ cipher: aesGcm, psk, prologue }, Buffer.from(handshake));
    if (!opened) throw unauthenticated();
    const hello = fromBinary(HelloSchema, opened.payload);
    this.hellos.push(hello);
    this.#handshakes += 1;
    const sessionId = 0xf000_0000_0000_0000n + BigInt(this.#handshakes);
    const welcome = create(WelcomeSchema, { sessionId, sessionLifetime: durationOf(24 * hour) });
    this.#complete(welcome);
    const answer = opened.respond(
      importEphemeral(Buffer.alloc(32, 0x40 + this.#handshakes)),
      toBinary(WelcomeSchema, welcome),
    )!;
    this.#sessions.set(sessionId, {
      receiving: importRecordKeys(deriveRecordKeys(answer.keys.initiatorToResponder)),
      sending: importRecordKeys(deriveRecordKeys(answer.keys.responderToInitiator)),
      counters: new Set(),
    });
    await this.#options.travel?.();
    return { handshake: this.afterHandshake(answer.message) };
  }

  #complete(answer: Pick<Welcome, 'serverTime' | 'settings'>): void {
    const time = this.#stamp();
    if (time) answer.serverTime = time;
    if (this.settings) answer.settings = this.settings;
  }

  async #answer(
    method: RecordMethod,
    record: SealedRecord | undefined,
    handle: (plaintext: Buffer) => Promise<Uint8Array> | Uint8Array,
  ): Promise<SealedRecord> {
    await this.#begin(method);
    const session = this.#sessions.get(record!.sessionId);
    if (!session) throw unauthenticated();
    const { sessionId, counter } = record!;
    const place = { method, sessionId, counter: Number(counter) };
    const opened = openRecord(session.receiving, place, Buffer.from(record!.sealed), () => {
      const fresh = !session.counters.has(counter);
      session.counters.add(counter);
      return fresh;
    });
    if ('refused' in opened) throw unauthenticated();
    this.counters.push(counter);
    this.requests.push(record!);
    const plaintext = await handle(opened.plaintext);
    const answer = create(SealedRecordSchema, {
      sessionId,
      counter,
      sealed: sealRecord(session.sending, place, plaintext),
    });
    this.answers.push(answer);
    await this.#options.travel?.();
    return this.after(method, answer);
  }

  #store(plaintext: Buffer): Uint8Array {
    const batch = fromBinary(ReadingBatchSchema, plaintext);
    this.batches.push(batch);
    const receipt = create(UploadReceiptSchema);
    for (const reading of batch.readings) {
      const identity = `${batch.bootId}/${reading.sequence}`;
      if (this.stored.has(identity)) receipt.duplicates += 1;
      else receipt.stored += 1;
      this.stored.set(identity, reading);
    }
    this.duplicates += receipt.duplicates;
    this.#complete(receipt);
    return toBinary(UploadReceiptSchema, receipt);
  }

  #tellTime(plaintext: Buffer): Uint8Array {
    this.reports.push(fromBinary(ClockReportSchema, plaintext));
    const answer = create(ClockAnswerSchema);
    const time = this.#stamp();
    if (time) Object.assign(answer, { receiveTime: time, transmitTime: time });
    return toBinary(ClockAnswerSchema, answer);
  }
}

export function unauthenticated(): ConnectError {
  return new ConnectError('not accepted', Code.Unauthenticated);
}

/** The record with one bit of its sealed bytes turned over. */
export function flipBit(record: SealedRecord, byte = 3): SealedRecord {
  const sealed = Buffer.from(record.sealed);
  sealed.writeUInt8(sealed.readUInt8(byte) ^ 1, byte);
  return create(SealedRecordSchema, { ...record, sealed });
}
