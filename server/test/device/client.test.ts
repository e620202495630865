import { create, toBinary } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { ClockAnswerSchema, ClockReportSchema, ClockSource } from '#gen/clock_pb.js';
import { HelloSchema, WelcomeSchema } from '#gen/handshake_pb.js';
import { ReadingBatchSchema, TimeSource, UploadReceiptSchema } from '#gen/reading_pb.js';
import { SealedRecordSchema } from '#gen/record_pb.js';
import { aesGcm, importEphemeral, openMessage1, type SplitKeys } from '../../src/crypto/noise.ts';
import { greatestCounter } from '../../src/crypto/record.ts';
import { DeviceClient, writeHello } from '../../src/device/client.ts';
import type { DeviceError } from '../../src/device/device-error.ts';
import { DeviceSession } from '../../src/device/device-session.ts';
import { durationOf, hour, minute, second, timestampOf } from '../../src/time.ts';
import { hex } from '../hex.ts';
import { FakeServer, flipBit, unauthenticated } from './fake-server.ts';
import { VirtualTime } from './virtual-time.ts';

const deviceKey = Buffer.alloc(32, 0x5a);
const bootId = 0x0000_0007_89ab_cdefn;
const description = { firmwareVersion: '1.4.0', hardware: 'esp32-s2-saola-1' };
const batch = create(ReadingBatchSchema, {
  bootId,
  readings: [{ sequence: 1n, uptime: durationOf(2 * second), timeSource: TimeSource.UPTIME }],
});
const report = create(ClockReportSchema, { source: ClockSource.LOCAL, uptime: durationOf(3 * second) });
const firstSession = 0xf000_0000_0000_0001n;

function setUp(key = deviceKey) {
  const time = new VirtualTime();
  const server = new FakeServer({ deviceKeys: { greenhouse: deviceKey }, clock: time });
  let ephemerals = 0;
  const client = new DeviceClient({
    deviceId: 'greenhouse',
    deviceKey: key,
    bootId,
    transport: server.transport,
    uptime: time.monotonic,
    generateEphemeral: () => {
      ephemerals += 1;
      return importEphemeral(Buffer.alloc(32, ephemerals));
    },
  });
  return { time, server, client };
}

async function setUpSession() {
  const parts = setUp();
  await parts.client.shakeHands(description);
  return parts;
}

/** What the device makes of a failed call, or `no error`. */
async function kindOf(call: Promise<unknown>): Promise<string> {
  return await call.then(
    () => 'no error',
    (error: DeviceError) => error.kind,
  );
}

describe('a device and a server', () => {
  it('shake hands, exchange readings for a receipt and a clock report for the time', async () => {
    const { time, server, client } = setUp();
    await time.advance(5 * second);
    const { session, welcome } = await client.shakeHands(description);
    expect(server.hellos).toEqual([create(HelloSchema, { bootId, uptime: durationOf(5 * second), ...description })]);
    expect(session.id).toBe(firstSession);
    expect(welcome).toEqual(
      create(WelcomeSchema, {
        sessionId: firstSession,
        sessionLifetime: durationOf(24 * hour),
        serverTime: timestampOf(time.wall()),
      }),
    );
    expect(await client.upload(batch)).toEqual(
      create(UploadReceiptSchema, { stored: 1, serverTime: timestampOf(time.wall()) }),
    );
    expect(server.batches).toEqual([batch]);
    expect(await client.syncTime(report)).toEqual(
      create(ClockAnswerSchema, { receiveTime: timestampOf(time.wall()), transmitTime: timestampOf(time.wall()) }),
    );
    expect(server.reports).toEqual([report]);
    expect(server.counters).toEqual([1n, 2n]);
  });

  it('keep to their sessions: each handshake makes a new one that starts at counter 1', async () => {
    const { server, client } = await setUpSession();
    await client.upload(batch);
    const { session } = await client.shakeHands(description);
    expect(session.id).toBe(firstSession + 1n);
    await client.upload(batch);
    expect(server.counters).toEqual([1n, 1n]);
  });

  it('get along without the time while the server does not trust its clock', async () => {
    const { server, client } = setUp();
    server.trustsItsClock = false;
    const { welcome } = await client.shakeHands(description);
    expect(welcome.serverTime).toBeUndefined();
    expect(await client.syncTime(report)).toEqual(create(ClockAnswerSchema));
  });
});

describe('the counter', () => {
  it('is spent when a call fails, so that a retry is sealed afresh under the next', async () => {
    const { server, client } = await setUpSession();
    server.before = () => {
      throw new ConnectError('the store is down', Code.Unavailable);
    };
    expect(await kindOf(client.upload(batch))).toBe('unreachable');
    expect(await kindOf(client.syncTime(report))).toBe('unreachable');
    server.before = () => {};
    await client.upload(batch);
    expect(server.counters).toEqual([3n]);
  });

  it('rises once for each request, also when several are on their way', async () => {
    const { server, client } = await setUpSession();
    await Promise.all([client.upload(batch), client.syncTime(report), client.upload(batch)]);
    expect(server.counters.toSorted()).toEqual([1n, 2n, 3n]);
  });

  it('ends at 2^32 - 1, and then only a handshake helps', async () => {
    const keys: SplitKeys = {
      initiatorToResponder: Buffer.alloc(32, 1),
      responderToInitiator: Buffer.alloc(32, 2),
      handshakeHash: Buffer.alloc(32),
    };
    const session = new DeviceSession(firstSession, keys, greatestCounter - 1);
    expect(session.seal('TimeSync', Buffer.alloc(0)).counter).toBe(BigInt(greatestCounter));
    expect(session.usedUp).toBe(true);
    expect(() => session.seal('TimeSync', Buffer.alloc(0))).toThrow('the session has no counter left');
  });
});

describe('a response', () => {
  it.each([0, 15, 16, 31])('is refused when a bit of its byte %i is flipped', async (byte) => {
    const { server, client } = await setUpSession();
    server.after = (_, answer) => flipBit(answer, byte);
    expect(await kindOf(client.upload(batch))).toBe('forged');
  });

  it('is refused when it was given before', async () => {
    const { server, client } = await setUpSession();
    await client.upload(batch);
    server.after = () => server.answers[0]!;
    expect(await kindOf(client.upload(batch))).toBe('forged');
  });

  it('is refused when an old one comes under the right counter', async () => {
    const { server, client } = await setUpSession();
    await client.upload(batch);
    server.after = (_, { counter }) => create(SealedRecordSchema, { ...server.answers[0]!, counter });
    expect(await kindOf(client.upload(batch))).toBe('forged');
  });

  it('is refused when it was made for the other method', async () => {
    const { server, client } = await setUpSession();
    await client.syncTime(report);
    const other = await setUpSession();
    other.server.after = () => server.answers[0]!;
    expect(await kindOf(other.client.upload(batch))).toBe('forged');
  });

  it('is refused when two of them are swapped', async () => {
    const { server, client } = await setUpSession();
    server.after = (_, { sessionId, counter }) =>
      create(SealedRecordSchema, { ...server.answers[counter === 1n ? 1 : 0]!, sessionId, counter });
    let release = () => {};
    const both = new Promise<void>((resolve) => {
      release = resolve;
    });
    server.before = () => (server.calls.length === 3 ? release() : both);
    const kinds = await Promise.all([kindOf(client.upload(batch)), kindOf(client.upload(batch))]);
    expect(kinds).toEqual(['forged', 'forged']);
  });

  it('is refused when it is its own request come back', async () => {
    const { server, client } = await setUpSession();
    server.after = () => server.requests[0]!;
    expect(await kindOf(client.upload(batch))).toBe('forged');
  });

  it('is refused when it names another session or counter, and when there is none in it', async () => {
    const { server, client } = await setUpSession();
    server.after = (_, answer) => create(SealedRecordSchema, { ...answer, sessionId: answer.sessionId + 1n });
    expect(await kindOf(client.upload(batch))).toBe('forged');
    server.after = (_, answer) => create(SealedRecordSchema, { ...answer, counter: answer.counter + 1n });
    expect(await kindOf(client.upload(batch))).toBe('forged');
    server.after = () => create(SealedRecordSchema);
    expect(await kindOf(client.upload(batch))).toBe('forged');
  });
});

describe('a handshake', () => {
  it('with the wrong key is not accepted', async () => {
    const { client } = setUp(Buffer.alloc(32, 0x5b));
    expect(await kindOf(client.shakeHands(description))).toBe('unauthenticated');
    expect(client.hasSession).toBe(false);
  });

  it.each([
    ['a flipped bit', (message: Buffer) => Buffer.from(message).fill(message[40]! ^ 1, 40, 41)],
    ['a cut', (message: Buffer) => message.subarray(0, 47)],
    ['nothing', () => Buffer.alloc(0)],
    ['a public key of small order', (message: Buffer) => Buffer.from(message).fill(0, 0, 32)],
  ])('whose answer has %s makes no session', async (_, change) => {
    const { server, client } = setUp();
    server.afterHandshake = change;
    expect(await kindOf(client.shakeHands(description))).toBe('forged');
    expect(await kindOf(client.upload(batch))).toBe('unauthenticated');
    expect(server.calls.map(({ call }) => call)).toEqual(['KeyExchange']);
  });

  it('that fails leaves the session before it in use', async () => {
    const { server, client } = await setUpSession();
    server.afterHandshake = (message) => message.subarray(1);
    expect(await kindOf(client.shakeHands(description))).toBe('forged');
    await client.upload(batch);
    expect(server.counters).toEqual([1n]);
  });

  it('is due when the lifetime of the session is over', async () => {
    const { time, client } = await setUpSession();
    await time.advance(24 * hour - second);
    expect(client.hasSession).toBe(true);
    await time.advance(second);
    expect(client.hasSession).toBe(false);
  });

  it('is due after the client was closed', async () => {
    const { client } = await setUpSession();
    client.close();
    expect(client.hasSession).toBe(false);
    expect(await kindOf(client.upload(batch))).toBe('unauthenticated');
  });
});

describe('an error', () => {
  const retryAfter = (value: string) => ({ 'retry-after': value });

  it.each([
    [unauthenticated(), 'unauthenticated', undefined],
    [new ConnectError('', Code.ResourceExhausted, retryAfter('7')), 'overloaded', 7 * second],
    [new ConnectError('', Code.ResourceExhausted, retryAfter('3600')), 'overloaded', 60 * minute],
    [
      new ConnectError('', Code.ResourceExhausted, retryAfter('Sun, 22 Nov 2026 12:00:00 GMT')),
      'overloaded',
      undefined,
    ],
    [new ConnectError('', Code.ResourceExhausted, retryAfter('-1')), 'overloaded', undefined],
    [new ConnectError('', Code.Unavailable, retryAfter('2')), 'unreachable', 2 * second],
    [new ConnectError('', Code.DeadlineExceeded), 'unreachable', undefined],
    [new ConnectError('', Code.InvalidArgument), 'rejected', undefined],
    [new ConnectError('', Code.Unimplemented), 'rejected', undefined],
    [new ConnectError('', Code.Internal), 'rejected', undefined],
  ])('%s is %s to a device', async (error, kind, after) => {
    const { server, client } = await setUpSession();
    server.before = () => {
      throw error;
    };
    await expect(client.upload(batch)).rejects.toMatchObject({ name: 'DeviceError', kind, retryAfter: after });
  });

  it("has a message of our own, with a stranger's text in the cause only", async () => {
    const { server, client } = await setUpSession();
    server.before = () => {
      throw new ConnectError('\u001b[2Jall is well', Code.InvalidArgument);
    };
    await expect(client.upload(batch)).rejects.toThrow(/^the server does not take this request$/);
  });

  it("gives way to the reason of the caller's signal", async () => {
    const { server, client } = await setUpSession();
    const controller = new AbortController();
    server.before = () => controller.abort(new Error('the device was switched off'));
    await expect(client.upload(batch, controller.signal)).rejects.toThrow('the device was switched off');
  });
});

describe('writeHello', () => {
  const hello = { bootId, uptime: 12_345_678, ...description };

  it('gives a message 1 that only the holder of the device key can open', () => {
    const request = writeHello({ deviceId: 'greenhouse', deviceKey }, hello, importEphemeral(Buffer.alloc(32, 9)));
    const prologue = hex('7365616c706f73742e7631 00 677265656e686f757365');
    const handshake = Buffer.from(request.handshake);
    expect(request.deviceId).toBe('greenhouse');
    expect(openMessage1({ cipher: aesGcm, psk: deviceKey, prologue }, handshake)?.payload).toEqual(
      Buffer.from(
        toBinary(HelloSchema, create(HelloSchema, { bootId, uptime: durationOf(12_345_678), ...description })),
      ),
    );
    expect(openMessage1({ cipher: aesGcm, psk: Buffer.alloc(32), prologue }, handshake)).toBeUndefined();
  });

  it('takes keys of 32 bytes only', () => {
    const write = () =>
      writeHello({ deviceId: 'greenhouse', deviceKey: Buffer.alloc(31) }, hello, importEphemeral(Buffer.alloc(32, 9)));
    expect(write).toThrow('a device key is 32 bytes');
  });
});
