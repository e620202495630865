/**
 * The memory of all sessions: one flat buffer, a fixed number of bytes a session. A JavaScript object with two
 * KeyObjects a direction takes kilobytes; this takes 200 bytes, and freed keys are really overwritten.
 */
import { recordKeyBytes } from '../crypto/record.ts';

/** No session. */
export const none = -1;

// Where each field stands in a session's bytes.
const at = {
  keys: 0,
  sessionId: 96,
  bootId: 104,
  generation: 112,
  expiresAt: 120,
  sampleUptime: 128,
  sampleTime: 136,
  sampleUncertainty: 144,
  sampleEpoch: 152,
  utcOffset: 156,
  windowHighest: 160,
  windowLow: 164,
  windowHigh: 168,
  lruNewer: 172,
  lruOlder: 176,
  deviceOlder: 180,
  flags: 184,
} as const;
const slotBytes = 192;

type Float64Field = 'generation' | 'expiresAt' | 'sampleUptime' | 'sampleTime' | 'sampleUncertainty';
type Uint32Field = 'windowHighest' | 'windowLow' | 'windowHigh' | 'sampleEpoch' | 'flags';
type Int32Field = 'lruNewer' | 'lruOlder' | 'deviceOlder' | 'utcOffset';
type Uint64Field = 'sessionId' | 'bootId';

export class SessionSlab {
  #bytes = Buffer.alloc(64 * slotBytes);
  readonly #free: number[] = [];
  #used = 0;

  /** A slot of zeros. */
  allocate(): number {
    const freed = this.#free.pop();
    if (freed !== undefined) return freed;
    if ((this.#used + 1) * slotBytes > this.#bytes.length) this.#grow();
    this.#used += 1;
    return this.#used - 1;
  }

  /** Overwrites the slot with zeros and keeps it for the next session. */
  release(slot: number): void {
    this.#bytes.fill(0, slot * slotBytes, (slot + 1) * slotBytes);
    this.#free.push(slot);
  }

  /** Slots ever handed out: every session's slot is below this. */
  get slots(): number {
    return this.#used;
  }

  /** The session's 96 bytes of keys themselves, device to server first. */
  keys(slot: number): Buffer {
    return this.#bytes.subarray(slot * slotBytes + at.keys, slot * slotBytes + at.keys + 2 * recordKeyBytes);
  }

  float64(slot: number, field: Float64Field): number {
    return this.#bytes.readDoubleLE(slot * slotBytes + at[field]);
  }
  setFloat64(slot: number, field: Float64Field, value: number): void {
    this.#bytes.writeDoubleLE(value, slot * slotBytes + at[field]);
  }
  uint32(slot: number, field: Uint32Field): number {
    return this.#bytes.readUInt32LE(slot * slotBytes + at[field]);
  }
  setUint32(slot: number, field: Uint32Field, value: number): void {
    this.#bytes.writeUInt32LE(value, slot * slotBytes + at[field]);
  }
  int32(slot: number, field: Int32Field): number {
    return this.#bytes.readInt32LE(slot * slotBytes + at[field]);
  }
  setInt32(slot: number, field: Int32Field, value: number): void {
    this.#bytes.writeInt32LE(value, slot * slotBytes + at[field]);
  }
  uint64(slot: number, field: Uint64Field): bigint {
    return this.#bytes.readBigUInt64LE(slot * slotBytes + at[field]);
  }
  setUint64(slot: number, field: Uint64Field, value: bigint): void {
    this.#bytes.writeBigUInt64LE(value, slot * slotBytes + at[field]);
  }

  #grow(): void {
    const larger = Buffer.alloc(this.#bytes.length * 2);
    this.#bytes.copy(larger);
    this.#bytes.fill(0);
    this.#bytes = larger;
  }
}
