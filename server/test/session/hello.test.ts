import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { type Hello, HelloSchema } from '#gen/handshake_pb.js';
import { aesGcm, generateEphemeral, initiate } from '../../src/crypto/noise.ts';
import { prologueOf } from '../../src/crypto/prologue.ts';
import { invalidField, SealpostError } from '../../src/errors.ts';
import { handshakeBytes, openHello } from '../../src/session/hello.ts';
import { durationOf, second } from '../../src/time.ts';
import { hex } from '../hex.ts';

const key = Buffer.alloc(32, 0x11);
const otherKey = Buffer.alloc(32, 0x22);
const candidate = { generation: 7, key };

function hello(about: MessageInitShape<typeof HelloSchema> = {}): Hello {
  return create(HelloSchema, {
    bootId: 0x0000000700abcdefn,
    uptime: durationOf(12.5 * second),
    firmwareVersion: '0.1.0',
    hardware: 'esp32s2',
    ...about,
  });
}

/** Message 1 as a device writes it, with any bytes in place of its Hello. */
function message1(payload: Uint8Array, { psk = key, deviceId = 'garden' } = {}) {
  return initiate({ cipher: aesGcm, psk, prologue: prologueOf(deviceId) }, generateEphemeral(), payload);
}

const sealed = (about?: MessageInitShape<typeof HelloSchema>) => message1(toBinary(HelloSchema, hello(about))).message;
const open = (message: Buffer) => openHello('garden', [candidate], message);

describe('message 1', () => {
  it('has the prologue that binds it to the protocol and the device', () => {
    expect(prologueOf('garden')).toEqual(hex('7365616c706f73742e7631 00 67617264656e'));
    expect(handshakeBytes).toEqual({ least: 48, most: 512 });
  });

  it('opens to what the device said', () => {
    const { responder: _, ...opened } = open(sealed())!;
    expect(opened).toEqual({
      generation: 7,
      bootId: 0x0000000700abcdefn,
      uptime: 12_500_000,
      firmwareVersion: '0.1.0',
      hardware: 'esp32s2',
    });
  });

  it('leads to a handshake that the device can finish', () => {
    const initiator = message1(toBinary(HelloSchema, hello()));
    const answer = open(initiator.message)!.responder.respond(generateEphemeral(), Buffer.from('welcome'))!;
    const finished = initiator.finish(answer.message)!;
    expect(finished.payload).toEqual(Buffer.from('welcome'));
    expect(finished.keys).toEqual(answer.keys);
  });

  it('is opened with the key that fits and names its generation, wherever that stands', () => {
    const wrong = { generation: 1, key: otherKey };
    const message = sealed();
    expect(openHello('garden', [wrong, candidate], message)?.generation).toBe(7);
    expect(openHello('garden', [candidate, wrong], message)?.generation).toBe(7);
    expect(openHello('garden', [candidate, { ...candidate, generation: 8 }], message)?.generation).toBe(7);
  });

  it('leaves the candidate keys as they were: whoever read them wipes them', () => {
    open(sealed());
    expect(key).toEqual(Buffer.alloc(32, 0x11));
  });

  it.each([
    ['sealed with another key', message1(toBinary(HelloSchema, hello()), { psk: otherKey }).message],
    ['sealed for another device', message1(toBinary(HelloSchema, hello()), { deviceId: 'gardem' }).message],
    ['of random bytes', Buffer.alloc(80, 0x5a)],
    ['of 47 bytes', Buffer.alloc(47)],
    ['empty', Buffer.alloc(0)],
  ])('is not opened when it is %s', (_, message) => {
    expect(open(message)).toBeUndefined();
  });

  it('is not opened without a key', () => {
    expect(openHello('garden', [], sealed())).toBeUndefined();
  });

  it('is not opened with any bit flipped or any byte cut off', () => {
    const message = sealed();
    for (let bit = 0; bit < message.length * 8; bit += 1) {
      const flipped = Buffer.from(message);
      flipped.writeUInt8(message.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(open(flipped)).toBeUndefined();
    }
    for (let length = 0; length < message.length; length += 1)
      expect(open(message.subarray(0, length))).toBeUndefined();
  });
});

describe('a Hello', () => {
  it('may say as little as its boot and an uptime of zero', () => {
    const payload = toBinary(HelloSchema, create(HelloSchema, { bootId: 1n, uptime: durationOf(0) }));
    const { responder: _, ...opened } = open(message1(payload).message)!;
    expect(opened).toEqual({ generation: 7, bootId: 1n, uptime: 0, firmwareVersion: '', hardware: '' });
  });

  it('may have any boot id of 64 bits but zero', () => {
    expect(open(sealed({ bootId: 2n ** 64n - 1n }))?.bootId).toBe(2n ** 64n - 1n);
    expect(() => open(sealed({ bootId: 0n }))).toThrow(invalidField('Hello.boot_id', 'a number that is not zero'));
  });

  it.each([
    ['absent', undefined],
    ['negative', durationOf(-1)],
    ['longer than any device can run', { seconds: 8_000_000_001n, nanos: 0 }],
    ['of parts with different signs', { seconds: 1n, nanos: -1 }],
    ['of more nanoseconds than a second has', { seconds: 0n, nanos: 1_000_000_000 }],
  ])('is refused when its uptime is %s', (_, uptime) => {
    const payload = toBinary(HelloSchema, create(HelloSchema, { bootId: 1n, ...(uptime && { uptime }) }));
    expect(() => open(message1(payload).message)).toThrow(
      invalidField('Hello.uptime', 'the time since the boot, 0 or more'),
    );
  });

  it.each([
    ['firmware_version', 'firmwareVersion'],
    ['hardware', 'hardware'],
  ] as const)('has at most 32 bytes of %s, not characters', (field, name) => {
    expect(open(sealed({ [name]: 'x'.repeat(32) }))?.[name]).toBe('x'.repeat(32));
    expect(open(sealed({ [name]: 'é'.repeat(16) }))?.[name]).toBe('é'.repeat(16));
    for (const text of ['x'.repeat(33), `${'é'.repeat(16)}x`]) {
      expect(() => open(sealed({ [name]: text }))).toThrow(invalidField(`Hello.${field}`, 'at most 32 bytes'));
    }
  });

  it('is refused when it does not parse', () => {
    const malformed = invalidField('handshake', 'its payload to be a sealpost.v1.Hello');
    for (const payload of ['ff', '09', '1205 08', '0a00']) {
      expect(() => open(message1(hex(payload)).message)).toThrow(malformed);
    }
  });

  it('is refused or says less when it is cut off anywhere, and nothing else happens', () => {
    const whole = toBinary(HelloSchema, hello());
    const cut = Array.from({ length: whole.length }, (_, length) => {
      try {
        return open(message1(whole.subarray(0, length)).message)?.hardware;
      } catch (error) {
        return error instanceof SealpostError ? error.code : error;
      }
    });
    // Cut between two fields it is a Hello still: here before the hardware, and before the firmware's version.
    expect(cut.filter((outcome) => outcome !== 'invalid_argument')).toEqual(['', '']);
  });

  it('may have fields that this version does not know', () => {
    const payload = Buffer.concat([toBinary(HelloSchema, hello()), hex('f23f 03 616263')]);
    expect(open(message1(payload).message)?.hardware).toBe('esp32s2');
  });
});
