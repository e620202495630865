import { createCipheriv, createHmac } from 'node:crypto';
import {
  deriveRecordKeys,
  importRecordKeys,
  type RecordKeys,
  type RecordMethod,
  sealRecord,
} from '../../src/crypto/record.ts';
import type { HandshakeVector } from './handshake-vectors.ts';
import { flipped, pattern, type Refusal } from './inputs.ts';

export type Direction = 'to_server' | 'to_device';

/** Where a record stands, and the direction whose keys it is sealed under. */
interface Place {
  readonly direction: Direction;
  readonly method: RecordMethod;
  readonly sessionId: bigint;
  readonly counter: number;
}

/** A record of the first handshake's session, whose id is that of section 11. The plaintext is `plaintextSize` bytes, byte i of them i modulo 251. */
export interface RecordVector extends Place {
  readonly name: string;
  readonly plaintextSize: number;
  /** All of it, or of a large one the tag, which covers the rest. */
  readonly end: Buffer;
}

/** What must be refused at that place. */
export interface RefusedRecord extends Place {
  readonly name: string;
  readonly sealed: Buffer;
  readonly status: Refusal;
}

const sessionId = 0x6b1f_0c9d_2e4a_8375n;
/** The largest batch that the firmware makes. */
const largestPlaintext = 6656;

/** The keys of both directions of the session that a handshake has made. */
export const recordKeysOf = ({ toServer, toDevice }: HandshakeVector): Record<Direction, RecordKeys> => ({
  to_server: importRecordKeys(deriveRecordKeys(toServer)),
  to_device: importRecordKeys(deriveRecordKeys(toDevice)),
});

export function recordVectors(handshake: HandshakeVector): RecordVector[] {
  const keys = recordKeysOf(handshake);
  const record = (direction: Direction, method: RecordMethod, counter: number, plaintextSize: number): RecordVector => {
    const sealed = sealRecord(keys[direction], { method, sessionId, counter }, pattern(plaintextSize));
    const end = plaintextSize > 64 ? sealed.subarray(-16) : sealed;
    const name = `${method} ${direction}, counter ${counter}, ${plaintextSize} bytes`;
    return { name, direction, method, sessionId, counter, plaintextSize, end };
  };
  const directions: readonly Direction[] = ['to_server', 'to_device'];
  const methods: readonly RecordMethod[] = ['SensorUpload', 'TimeSync'];
  return directions.flatMap((direction) => [
    ...methods.flatMap((method, index) =>
      [0, 15, 16, 17].map((size, step) => record(direction, method, 1 + index * 4 + step, size)),
    ),
    record(direction, 'TimeSync', 2 ** 31, 1),
    record(direction, 'SensorUpload', 2 ** 32 - 1, 1),
    record(direction, 'SensorUpload', 9, largestPlaintext),
  ]);
}

export function refusedRecords(handshake: HandshakeVector): RefusedRecord[] {
  const keys = recordKeysOf(handshake);
  const place: Place = { direction: 'to_device', method: 'SensorUpload', sessionId, counter: 1 };
  const sealedAt = (other: Partial<Place>, plaintext = pattern(17)) => {
    const there = { ...place, ...other };
    return sealRecord(keys[there.direction], there, plaintext);
  };
  const sealed = sealedAt({});
  const refused = (name: string, status: Refusal, bytes: Buffer): RefusedRecord => {
    return { name, ...place, sealed: bytes, status };
  };
  return [
    refused('nothing', 'malformed', Buffer.alloc(0)),
    refused('a tag alone', 'malformed', sealed.subarray(-16)),
    refused('a byte less', 'malformed', sealed.subarray(0, -1)),
    refused('a block less', 'forged', sealed.subarray(16)),
    refused('a flipped bit of the first block', 'forged', flipped(sealed, 0, 0x01)),
    refused('a flipped bit of the last block', 'forged', flipped(sealed, 31, 0x80)),
    refused('a flipped bit of the tag', 'forged', flipped(sealed, sealed.length - 1, 0x01)),
    refused('a record of the other direction', 'forged', sealedAt({ direction: 'to_server' })),
    refused('a record of the other method', 'forged', sealedAt({ method: 'TimeSync' })),
    refused('a record of the next counter', 'forged', sealedAt({ counter: 2 })),
    refused('a record of another session', 'forged', sealedAt({ sessionId: sessionId ^ 1n })),
    ...Object.entries(wrongEnds).map(([name, end]) => {
      const blocks = Buffer.concat([Buffer.alloc(32 - end.length, 0x20), Buffer.from(end)]);
      return refused(`right tag, ${name}`, 'malformed', sealedWithoutPadding(keys[place.direction], place, blocks));
    }),
  ];
}

/** Ends of a plaintext that are no padding (RFC 5652, section 6.3). */
const wrongEnds: Readonly<Record<string, readonly number[]>> = {
  'padding of 0 bytes': [0],
  'padding of 17 bytes': Array.from({ length: 17 }, () => 17),
  'padding of 255 bytes': [255],
  'padding whose first byte is another': [2, 3, 3],
  'padding of a block whose first byte is another': [15, ...Array.from({ length: 15 }, () => 16)],
};

/** Section 5.2 by hand: whole blocks that bring their own padding, with a right tag. */
function sealedWithoutPadding(keys: RecordKeys, { method, counter, sessionId: id }: Place, blocks: Buffer): Buffer {
  const u64 = (value: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(value);
    return bytes;
  };
  const block = Buffer.concat([u64(0n), u64(BigInt(counter))]);
  const iv = createCipheriv('aes-128-ecb', keys.iv, null).setAutoPadding(false).update(block);
  const ciphertext = createCipheriv('aes-128-cbc', keys.encryption, iv).setAutoPadding(false).update(blocks);
  const associatedData = Buffer.concat([Buffer.from(`${method}\0`), u64(id), u64(BigInt(counter))]);
  const tag = createHmac('sha256', keys.mac)
    .update(Buffer.concat([associatedData, iv, ciphertext, u64(BigInt(8 * associatedData.length))]))
    .digest();
  return Buffer.concat([ciphertext, tag.subarray(0, 16)]);
}
