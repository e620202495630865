import { create, toBinary } from '@bufbuild/protobuf';
import {
  type KeyExchangeRequest,
  type KeyExchangeResponse,
  KeyExchangeResponseSchema,
} from '#gen/device_service_pb.js';
import { type DeviceSettings, DeviceSettingsSchema, WelcomeSchema } from '#gen/handshake_pb.js';
import type { ServerConfig } from '../config.ts';
import { invalidField, SealpostError, unauthenticated } from '../errors.ts';
import { sampleOf } from '../readings/clock-model.ts';
import { checkDeviceId } from '../session/device-id.ts';
import { handshakeBytes, type OpenedHello, openHello } from '../session/hello.ts';
import { sessionLifetime } from '../session/session.ts';
import { durationOf, timestampOf } from '../time.ts';
import type { IngestParts } from './parts.ts';

/** KeyExchange (docs/protocol-v1.md, section 4): what is cheap and what can refuse comes first. */
export async function keyExchange(parts: IngestParts, request: KeyExchangeRequest): Promise<KeyExchangeResponse> {
  const { deviceId } = request;
  checkDeviceId(deviceId);
  const message = Buffer.from(request.handshake);
  if (message.length < handshakeBytes.least || message.length > handshakeBytes.most) {
    throw invalidField('handshake', `${handshakeBytes.least} to ${handshakeBytes.most} bytes`);
  }
  const arrival = parts.clock.now();
  await parts.pace.turn();

  const { hello, pending } = await openWithStoredKeys(parts, deviceId, message);
  const owner = { deviceId, generation: hello.generation };
  const claim = { ...owner, bootId: hello.bootId, uptime: hello.uptime };
  // A replay costs the device's limit nothing, and what the limit refuses leaves no trace in the store.
  const isNew = await parts.store.claimHandshake(claim, () => takeToken(parts, deviceId));
  if (!isNew) throw unauthenticated('replayed handshake: the uptime is not greater than an earlier one of this boot');

  const sessionId = parts.sessions.freshId();
  const welcome = create(WelcomeSchema, {
    sessionId,
    sessionLifetime: durationOf(sessionLifetime),
    settings: settingsOf(parts.config),
  });
  const { wall } = parts.clock.now();
  if (wall !== null) welcome.serverTime = timestampOf(wall);
  const answer = hello.responder.respond(parts.generateEphemeral(), toBinary(WelcomeSchema, welcome));
  if (!answer) throw unauthenticated('X25519 refused the public key: its result is all zero');

  const sample =
    arrival.wall === null
      ? null
      : sampleOf({ uptime: hello.uptime, receivedAt: arrival.wall, roundTrip: undefined, epoch: arrival.epoch });
  parts.sessions.create(sessionId, {
    ...owner,
    bootId: hello.bootId,
    splitKeys: answer.keys,
    confirmed: !pending,
    notes: { sample, utcOffsetSeconds: null },
  });
  parts.store.noteContact({
    ...owner,
    bootId: hello.bootId,
    firmwareVersion: hello.firmwareVersion,
    hardware: hello.hardware,
  });
  parts.counts.handshakes += 1;
  return create(KeyExchangeResponseSchema, { handshake: answer.message });
}

function takeToken({ limiter }: IngestParts, deviceId: string): void {
  const wait = limiter.take(deviceId);
  if (wait === 0) return;
  throw new SealpostError('resource_exhausted', 'this device shakes hands too often: wait, then try again', {
    reason: 'handshake limit',
    retryAfterSeconds: wait,
  });
}

async function openWithStoredKeys(
  { store, decoyKey }: IngestParts,
  deviceId: string,
  message: Buffer,
): Promise<{ readonly hello: OpenedHello; readonly pending: boolean }> {
  const keys = await store.deviceKeys(deviceId);
  try {
    const hello = openHello(deviceId, keys.length > 0 ? keys : [{ generation: 0, key: decoyKey }], message);
    if (!hello) {
      throw unauthenticated(keys.length > 0 ? 'wrong device key' : 'unknown or revoked device');
    }
    const opened = keys.find(({ generation }) => generation === hello.generation);
    return { hello, pending: opened?.state === 'pending' };
  } finally {
    for (const { key } of keys) key.fill(0);
  }
}

function settingsOf({ settings }: Pick<ServerConfig, 'settings'>): DeviceSettings {
  return create(DeviceSettingsSchema, {
    sampleInterval: durationOf(settings.sampleInterval),
    localTimeInterval: durationOf(settings.localTimeInterval),
    ntpInterval: durationOf(settings.ntpInterval),
  });
}
