import { toBinary } from '@bufbuild/protobuf';
import { type Client, createClient, type Transport } from '@connectrpc/connect';
import { type ClockAnswer, ClockAnswerSchema, type ClockReport, ClockReportSchema } from '#gen/clock_pb.js';
import { DeviceService } from '#gen/device_service_pb.js';
import type { Welcome } from '#gen/handshake_pb.js';
import { type ReadingBatch, ReadingBatchSchema, type UploadReceipt, UploadReceiptSchema } from '#gen/reading_pb.js';
import type { EphemeralKeyPair } from '../crypto/noise.ts';
import { type Micros, microsOfDuration } from '../time.ts';
import { DeviceError, deviceErrorOf } from './device-error.ts';
import { DeviceSession } from './device-session.ts';
import { beginHandshake, type DeviceDescription, type DeviceIdentity } from './handshake.ts';
import { parsePlaintext } from './plaintext.ts';

export { writeHello } from './handshake.ts';

export interface DeviceClientOptions extends DeviceIdentity {
  /** The way to the server: connection.ts's, or one in memory. */
  readonly transport: Transport;
  /** This boot: a counter kept over boots in the high 32 bits, 32 random bits below; not zero. */
  readonly bootId: bigint;
  /** Microseconds since this boot, monotonic. */
  readonly uptime: () => Micros;
  readonly generateEphemeral: () => EphemeralKeyPair;
}

/**
 * The three calls of a device (docs/protocol-v1.md). Every call throws a DeviceError when it fails, or the reason of
 * its signal when that ended it; a failed call has freed nothing and set no clock.
 */
export class DeviceClient {
  readonly #options: DeviceClientOptions;
  readonly #deviceKey: Buffer;
  readonly #service: Client<typeof DeviceService>;
  #session: { readonly records: DeviceSession; readonly end: Micros } | undefined;

  constructor(options: DeviceClientOptions) {
    this.#options = options;
    this.#deviceKey = Buffer.from(options.deviceKey);
    this.#service = createClient(DeviceService, options.transport);
  }

  /** Whether there is a session with time and counters left. The server may have ended it all the same. */
  get hasSession(): boolean {
    return this.#session !== undefined && !this.#session.records.usedUp && this.#options.uptime() < this.#session.end;
  }

  /** Makes a session (section 4). The one before it stays in use until this has succeeded. */
  async shakeHands(
    description: DeviceDescription,
    signal?: AbortSignal,
  ): Promise<{ readonly session: DeviceSession; readonly welcome: Welcome }> {
    const { deviceId, bootId, uptime, generateEphemeral } = this.#options;
    const began = uptime();
    const handshake = beginHandshake(
      { deviceId, deviceKey: this.#deviceKey },
      { ...description, bootId, uptime: began },
      generateEphemeral(),
    );
    const response = await answerTo(this.#service.keyExchange(handshake.request, callOptions(signal)), signal);
    const { welcome, keys } = handshake.finish(response);
    const session = new DeviceSession(welcome.sessionId, keys);
    const lifetime = microsOfDuration(welcome.sessionLifetime) ?? Number.POSITIVE_INFINITY;
    this.#session = { records: session, end: began + lifetime };
    return { session, welcome };
  }

  /**
   * Uploads 1 to 64 readings of one boot. The receipt is the server's word that every one of them is durably stored:
   * it frees exactly these (section 6).
   */
  async upload(batch: ReadingBatch, signal?: AbortSignal): Promise<UploadReceipt> {
    const session = this.#current();
    const record = session.seal('SensorUpload', toBinary(ReadingBatchSchema, batch));
    const response = await answerTo(this.#service.sensorUpload({ record }, callOptions(signal)), signal);
    return parsePlaintext(UploadReceiptSchema, session.open('SensorUpload', record, response.record));
  }

  /** Reports the device's clock; the answer has the server's two stamps, or none while it does not trust its own. */
  async syncTime(report: ClockReport, signal?: AbortSignal): Promise<ClockAnswer> {
    const session = this.#current();
    const record = session.seal('TimeSync', toBinary(ClockReportSchema, report));
    const response = await answerTo(this.#service.timeSync({ record }, callOptions(signal)), signal);
    return parsePlaintext(ClockAnswerSchema, session.open('TimeSync', record, response.record));
  }

  /** Forgets the session and wipes the client's copy of the device key. The transport is its owner's to close. */
  close(): void {
    this.#session = undefined;
    this.#deviceKey.fill(0);
  }

  #current(): DeviceSession {
    if (!this.#session) throw new DeviceError('unauthenticated', { message: 'no session yet: shake hands first' });
    return this.#session.records;
  }
}

function callOptions(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}

async function answerTo<Answer>(call: Promise<Answer>, signal: AbortSignal | undefined): Promise<Answer> {
  try {
    return await call;
  } catch (failure) {
    signal?.throwIfAborted();
    throw deviceErrorOf(failure);
  }
}
