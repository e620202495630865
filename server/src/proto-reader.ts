/**
 * Reads Protobuf's wire format from a buffer, bounded by where a message ends (protobuf.dev/programming-guides/encoding).
 * For the few messages that come with every call, where the library's reflection costs more than the rest of the work.
 * Its users take only the encoding that every encoder gives, and leave anything else to the library.
 */
export class ProtoReader {
  readonly bytes: Buffer;
  at: number;
  end: number;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.at = 0;
    this.end = bytes.length;
  }

  /** A varint up to 2^53 - 1, in eight bytes at most; NaN for a longer one, which no length, counter or time of ours needs. */
  varint(): number {
    const { bytes, end } = this;
    let value = 0;
    let scale = 1;
    for (let at = this.at; at < end && at < this.at + 8; at += 1) {
      const byte = bytes[at] ?? 0;
      // Not shifted: a shift works on 32 bits.
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        this.at = at + 1;
        return value <= Number.MAX_SAFE_INTEGER ? value : Number.NaN;
      }
      scale *= 128;
    }
    return Number.NaN;
  }

  /** Whether the next byte is this one; takes it if so. */
  takes(byte: number): boolean {
    if (this.at >= this.end || this.bytes[this.at] !== byte) return false;
    this.at += 1;
    return true;
  }

  /** Whether so many bytes are left. */
  has(bytes: number): boolean {
    return this.at + bytes <= this.end;
  }
}
