/**
 * The memory of all sessions: flat buffers, a fixed number of bytes a session. A JavaScript object with two KeyObjects a
 * direction takes kilobytes; this takes 192 bytes, and freed keys are really overwritten. It grows by a buffer at a time:
 * a larger one in place of all would have to be copied to, wiped behind, and stand half empty.
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
/** A power of two, so that a slot's buffer and its place there are two halves of its bits. */
const slotsPerBuffer = 1024;

type Float64Field = 'generation' | 'expiresAt' | 'sampleUptime' | 'sampleTime' | 'sampleUncertainty';
type Uint32Field = 'windowHighest' | 'windowLow' | 'windowHigh' | 'sampleEpoch' | 'flags';
type Int32Field = 'lruNewer' | 'lruOlder' | 'deviceOlder' | 'utcOffset';
type Uint64Field = 'sessionId' | 'bootId';

export class SessionSlab {
  readonly #buffers: Buffer[] = [];
  readonly #free: number[] = [];
  #used = 0;

  /** A slot of zeros. */
  allocate(): number {
    const freed = this.#free.pop();
    if (freed !== undefined) return freed;
    if (this.#used === this.#buffers.length * slotsPerBuffer)
      this.#buffers.push(Buffer.alloc(slotsPerBuffer * slotBytes));
    this.#used += 1;
    return this.#used - 1;
  }

  /** Overwrites the slot with zeros and keeps it for the next session. */
  release(slot: number): void {
    const start = placeOf(slot, 0);
    this.#bufferOf(slot).fill(0, start, start + slotBytes);
    this.#free.push(slot);
  }

  /** Slots ever handed out: every session's slot is below this. */
  get slots(): number {
    return this.#used;
  }

  /** The session's 96 bytes of keys themselves, device to server first. */
  keys(slot: number): Buffer {
    const start = placeOf(slot, at.keys);
    return this.#bufferOf(slot).subarray(start, start + 2 * recordKeyBytes);
  }

  float64(slot: number, field: Float64Field): number {
    return this.#bufferOf(slot).readDoubleLE(placeOf(slot, at[field]));
  }
  setFloat64(slot: number, field: Float64Field, value: number): void {
    this.#bufferOf(slot).writeDoubleLE(value, placeOf(slot, at[field]));
  }
  uint32(slot: number, field: Uint32Field): number {
    return this.#bufferOf(slot).readUInt32LE(placeOf(slot, at[field]));
  }
  setUint32(slot: number, field: Uint32Field, value: number): void {
    this.#bufferOf(slot).writeUInt32LE(value, placeOf(slot, at[field]));
  }
  int32(slot: number, field: Int32Field): number {
    return this.#bufferOf(slot).readInt32LE(placeOf(slot, at[field]));
  }
  setInt32(slot: number, field: Int32Field, value: number): void {
    this.#bufferOf(slot).writeInt32LE(value, placeOf(slot, at[field]));
  }
  uint64(slot: number, field: Uint64Field): bigint {
    return this.#bufferOf(slot).readBigUInt64LE(placeOf(slot, at[field]));
  }
  setUint64(slot: number, field: Uint64Field, value: bigint): void {
    this.#bufferOf(slot).writeBigUInt64LE(value, placeOf(slot, at[field]));
  }

  #bufferOf(slot: number): Buffer {
    const buffer = this.#buffers[Math.trunc(slot / slotsPerBuffer)];
    if (buffer === undefined) throw new RangeError(`there is no slot ${slot}`);
    return buffer;
  }
}

/** Where a field of the slot stands in its buffer. */
function placeOf(slot: number, field: number): number {
  return (slot % slotsPerBuffer) * slotBytes + field;
}
