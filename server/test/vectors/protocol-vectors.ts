import { handshakeVectors, refusedMessages2 } from './handshake-vectors.ts';
import { recordVectors, refusedRecords } from './record-vectors.ts';

/** What gen/vectors shows: the same bytes at every call. */
export function protocolVectors() {
  const handshakes = handshakeVectors();
  const [first, second] = handshakes;
  return {
    handshakes,
    refusedMessages2: refusedMessages2(first, second),
    records: recordVectors(first),
    refusedRecords: refusedRecords(first),
  };
}

export type ProtocolVectors = ReturnType<typeof protocolVectors>;

/** As JSON: bytes and the session id in hexadecimal, numbers as they are. */
export function vectorsJson(vectors: ProtocolVectors): string {
  const show = (_: string, value: unknown) => {
    if (typeof value === 'bigint') return value.toString(16).padStart(16, '0');
    // What JSON.stringify has already made of a Buffer.
    const isBuffer = typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer';
    return isBuffer && 'data' in value ? Buffer.from(value.data as number[]).toString('hex') : value;
  };
  const about = {
    document: 'docs/protocol-v1.md',
    bytes: 'hexadecimal, in the order in which they are sent; sessionId as a number',
    refusedMessages2: 'for the initiator of the first handshake, after its message 1',
    records: 'of the session that the first handshake makes; byte i of a plaintext is i modulo 251',
    end: 'what the sealed bytes end with: all of them, or of a large record the tag',
    refusedRecords: 'at their place, in the same session',
  };
  return `${JSON.stringify({ about, ...vectors }, show, 2)}\n`;
}
