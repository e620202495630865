import { create, toBinary } from '@bufbuild/protobuf';
import { type KeyExchangeRequest, KeyExchangeRequestSchema, type KeyExchangeResponse } from '#gen/device_service_pb.js';
import { HelloSchema, type Welcome, WelcomeSchema } from '#gen/handshake_pb.js';
import { aesGcm, type EphemeralKeyPair, initiate, keyBytes, type SplitKeys } from '../crypto/noise.ts';
import { prologueOf } from '../crypto/prologue.ts';
import { durationOf, type Micros } from '../time.ts';
import { DeviceError } from './device-error.ts';
import { parsePlaintext } from './plaintext.ts';

/** The initiator's side of the handshake: docs/protocol-v1.md, section 4. */

export interface DeviceIdentity {
  /** 1 to 32 characters, `[a-z][a-z0-9-]*`. */
  readonly deviceId: string;
  /** 32 bytes, known to this device and the server only. */
  readonly deviceKey: Buffer;
}

/** What runs on the device: each at most 32 bytes. */
export interface DeviceDescription {
  /** Such as `1.4.0`. */
  readonly firmwareVersion: string;
  /** Such as `esp32-s2-saola-1`. */
  readonly hardware: string;
}

export interface HelloContent extends DeviceDescription {
  /** Not zero. */
  readonly bootId: bigint;
  /** Since that boot, monotonic, greater than in its handshake before: that is what refuses a replay. */
  readonly uptime: Micros;
}

/** The handshake between its two messages. */
export interface PendingHandshake {
  readonly request: KeyExchangeRequest;
  /** Reads the server's message. Throws a `forged` DeviceError unless it is from the holder of the device key. */
  finish(response: KeyExchangeResponse): { readonly welcome: Welcome; readonly keys: SplitKeys };
}

/** Writes message 1 with a Hello inside. `ephemeral` is a fresh key pair, used for this handshake only. */
export function beginHandshake(
  { deviceId, deviceKey }: DeviceIdentity,
  hello: HelloContent,
  ephemeral: EphemeralKeyPair,
): PendingHandshake {
  if (deviceKey.length !== keyBytes) throw new RangeError(`a device key is ${keyBytes} bytes`);
  const payload = toBinary(HelloSchema, create(HelloSchema, { ...hello, uptime: durationOf(hello.uptime) }));
  const initiator = initiate({ cipher: aesGcm, psk: deviceKey, prologue: prologueOf(deviceId) }, ephemeral, payload);
  return {
    request: create(KeyExchangeRequestSchema, { deviceId, handshake: initiator.message }),
    finish(response) {
      const finished = initiator.finish(Buffer.from(response.handshake));
      if (!finished) throw new DeviceError('forged');
      const welcome = parsePlaintext(WelcomeSchema, finished.payload);
      if (welcome.sessionId === 0n) throw new DeviceError('rejected', { message: 'the session has no id' });
      return { welcome, keys: finished.keys };
    },
  };
}

/** A KeyExchange request on its own, to look at or to send by hand; the handshake it begins is never finished. */
export function writeHello(
  identity: DeviceIdentity,
  hello: HelloContent,
  ephemeral: EphemeralKeyPair,
): KeyExchangeRequest {
  return beginHandshake(identity, hello, ephemeral).request;
}
