import { fromBinary } from '@bufbuild/protobuf';
import { type Hello, HelloSchema } from '#gen/handshake_pb.js';
import { aesGcm, openMessage1, type PendingResponder } from '../crypto/noise.ts';
import { prologueOf } from '../crypto/prologue.ts';
import { invalidField } from '../errors.ts';
import { type Micros, microsOfDuration } from '../time.ts';

/** Bytes of a handshake message, either way (docs/protocol-v1.md, section 4). */
export const handshakeBytes = { least: 48, most: 512 } as const;
const greatestTextBytes = 32;

/** A key that may open message 1. */
export interface CandidateKey {
  readonly generation: number;
  /** 32 bytes. */
  readonly key: Buffer;
}

export interface OpenedHello {
  readonly generation: number;
  readonly bootId: bigint;
  readonly uptime: Micros;
  readonly firmwareVersion: string;
  readonly hardware: string;
  /** Goes on with the handshake. */
  readonly responder: PendingResponder;
}

/**
 * Opens message 1 with the first key that fits, before any X25519 work; undefined when none does. Throws
 * `invalid_argument` when the holder of a key sealed something that is no Hello.
 */
export function openHello(
  deviceId: string,
  candidates: readonly CandidateKey[],
  message: Buffer,
): OpenedHello | undefined {
  const prologue = prologueOf(deviceId);
  for (const { generation, key } of candidates) {
    const responder = openMessage1({ cipher: aesGcm, psk: key, prologue }, message);
    if (responder) return { generation, responder, ...checkHello(responder.payload) };
  }
  return undefined;
}

function checkHello(payload: Buffer): Omit<OpenedHello, 'generation' | 'responder'> {
  let hello: Hello;
  try {
    hello = fromBinary(HelloSchema, payload);
  } catch {
    throw invalidField('handshake', 'its payload to be a sealpost.v1.Hello');
  }
  const uptime = microsOfDuration(hello.uptime);
  if (hello.bootId === 0n) throw invalidField('Hello.boot_id', 'a number that is not zero');
  if (uptime === undefined || uptime < 0) throw invalidField('Hello.uptime', 'the time since the boot, 0 or more');
  for (const [field, text] of [
    ['firmware_version', hello.firmwareVersion],
    ['hardware', hello.hardware],
  ] as const) {
    if (Buffer.byteLength(text) > greatestTextBytes)
      throw invalidField(`Hello.${field}`, `at most ${greatestTextBytes} bytes`);
  }
  return { bootId: hello.bootId, uptime, firmwareVersion: hello.firmwareVersion, hardware: hello.hardware };
}
