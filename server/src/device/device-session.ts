import { create } from '@bufbuild/protobuf';
import { type SealedRecord, SealedRecordSchema } from '#gen/record_pb.js';
import type { SplitKeys } from '../crypto/noise.ts';
import {
  deriveRecordKeys,
  greatestCounter,
  importRecordKeys,
  openRecord,
  type RecordKeys,
  type RecordMethod,
  sealRecord,
} from '../crypto/record.ts';
import { DeviceError } from './device-error.ts';

/** The device's end of a session: it seals requests and opens their responses (docs/protocol-v1.md, section 5). */
export class DeviceSession {
  /** Unsigned, 64 bits, not zero. */
  readonly id: bigint;
  readonly #sealing: RecordKeys;
  readonly #opening: RecordKeys;
  #counter: number;

  /** Takes the split keys and wipes them. `spent` is the greatest counter used so far: 0 in a new session. */
  constructor(id: bigint, keys: SplitKeys, spent = 0) {
    this.id = id;
    this.#sealing = takeRecordKeys(keys.initiatorToResponder);
    this.#opening = takeRecordKeys(keys.responderToInitiator);
    this.#counter = spent;
  }

  /** Whether no counter is left, so that nothing can be sealed any more. */
  get usedUp(): boolean {
    return this.#counter >= greatestCounter;
  }

  /**
   * Seals a request under the next counter. The counter is spent from here on, whatever becomes of the request: to try
   * again is to seal again.
   */
  seal(method: RecordMethod, plaintext: Uint8Array): SealedRecord {
    if (this.usedUp) throw new DeviceError('unauthenticated', { message: 'the session has no counter left' });
    this.#counter += 1;
    const place = { method, sessionId: this.id, counter: this.#counter };
    const sealed = sealRecord(this.#sealing, place, plaintext);
    return create(SealedRecordSchema, { sessionId: this.id, counter: BigInt(place.counter), sealed });
  }

  /**
   * The plaintext of the response to `request`. Throws a `forged` DeviceError unless the response stands in the same
   * session under the same counter and its tag verifies there.
   */
  open(method: RecordMethod, request: SealedRecord, response: SealedRecord | undefined): Buffer {
    if (response?.sessionId !== request.sessionId || response.counter !== request.counter) {
      throw new DeviceError('forged');
    }
    const place = { method, sessionId: this.id, counter: Number(request.counter) };
    const opened = openRecord(this.#opening, place, Buffer.from(response.sealed));
    if ('refused' in opened) throw new DeviceError('forged');
    return opened.plaintext;
  }
}

/** KeyObjects keep the keys from here on, so the bytes they came from are wiped. */
function takeRecordKeys(splitKey: Buffer): RecordKeys {
  const bytes = deriveRecordKeys(splitKey);
  splitKey.fill(0);
  const keys = importRecordKeys(bytes);
  bytes.fill(0);
  return keys;
}
