/**
 * Reads Protobuf's wire format from a buffer (protobuf.dev/programming-guides/encoding), for the few messages that come
 * with every call, where the library's reflection costs more than the rest of the work. Its users read only the encoding
 * that every encoder gives, each field at most once and in order, and leave anything else to the library: `usual` says
 * whether that was all.
 */
export class ProtoReader {
  readonly bytes: Buffer;
  at = 0;
  /** Where the message that is read ends. */
  end: number;
  /** False from the first thing on that is out of the ordinary, or broken. */
  usual = true;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.end = bytes.length;
  }

  /** Whether the next byte is this one; takes it if so. */
  takes(byte: number): boolean {
    if (this.at >= this.end || this.bytes[this.at] !== byte) return false;
    this.at += 1;
    return true;
  }

  /** A varint up to `most`, which is 2^53 - 1 at most, in eight bytes at most: more than our counters and times need. */
  varint(most = Number.MAX_SAFE_INTEGER): number {
    const { bytes, end } = this;
    let value = 0;
    let scale = 1;
    for (let at = this.at; at < end && at < this.at + 8; at += 1) {
      const byte = bytes[at] ?? 0;
      // Not shifted: a shift works on 32 bits.
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        this.at = at + 1;
        return value <= most ? value : this.#unusual();
      }
      scale *= 128;
    }
    return this.#unusual();
  }

  float(): number {
    return this.#skip(4) ? this.bytes.readFloatLE(this.at - 4) : this.#unusual();
  }

  fixed64(): bigint {
    return this.#skip(8) ? this.bytes.readBigUInt64LE(this.at - 8) : BigInt(this.#unusual());
  }

  /** Reads the length of an embedded message and begins it; gives what `leave` wants. */
  enter(): number {
    const outer = this.end;
    const end = this.varint() + this.at;
    if (end > outer) this.#unusual();
    else this.end = end;
    return outer;
  }

  /** The embedded message must be over. */
  leave(outer: number): void {
    if (this.at !== this.end) this.#unusual();
    this.end = outer;
  }

  #skip(bytes: number): boolean {
    if (this.at + bytes > this.end) return false;
    this.at += bytes;
    return true;
  }

  #unusual(): 0 {
    this.usual = false;
    return 0;
  }
}
