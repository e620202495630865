import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { TestServer } from '../test-server.ts';
import { reading, WireDevice } from '../wire-device.ts';

let server: TestServer;
/** The command line's own connection to the same database. */
let operator: Store;
let device: WireDevice;
beforeEach(async () => {
  server = await TestServer.start();
  operator = await openSqliteStore({ dataDirectory: server.dataDirectory });
  device = await WireDevice.registered(server);
});
afterEach(async () => {
  await operator.close();
  await server.stopAndRemove();
});

let sequence = 0;
const upload = async (from: WireDevice) => (await from.upload({ readings: [reading(++sequence)] })).status;

async function rotate(atOnce = false): Promise<WireDevice> {
  const key = randomBytes(32);
  await operator.rotateKey('greenhouse', Buffer.from(key), { atOnce });
  return new WireDevice(server, 'greenhouse', key);
}

/** The new key's device is in another boot, as a device is after it was given one. */
async function inAnotherBoot(fresh: WireDevice): Promise<WireDevice> {
  fresh.bootId = randomBytes(8).readBigUInt64BE() | 1n;
  await fresh.shakeHands();
  return fresh;
}

describe('a rotated key', () => {
  it('works beside the old one until its first valid record, which ends the old one and its sessions at once', async () => {
    const fresh = await rotate();
    expect(await upload(device)).toBe(200);
    await inAnotherBoot(fresh);
    expect(await upload(device), 'a handshake alone ends nothing').toBe(200);
    expect((await device.shakeHands()).status).toBe(200);
    expect(await upload(fresh)).toBe(200);
    expect(await upload(device)).toBe(401);
    expect((await device.syncTime({})).status).toBe(401);
    expect((await device.shakeHands()).status).toBe(401);
    expect(await upload(fresh)).toBe(200);
  });

  it('is confirmed by a clock report as well', async () => {
    const fresh = await inAnotherBoot(await rotate());
    expect((await fresh.syncTime({})).status).toBe(200);
    expect((await device.syncTime({})).status).toBe(401);
    expect(await operator.deviceKeys('greenhouse')).toMatchObject([{ state: 'current' }]);
  });

  it('is not confirmed by a forged record', async () => {
    const fresh = await inAnotherBoot(await rotate());
    const { sessionId } = fresh.current;
    expect(
      (await fresh.post('SensorUpload', fresh.wrap({ sessionId, counter: 1n, sealed: randomBytes(48) }))).status,
    ).toBe(401);
    expect(await upload(device)).toBe(200);
  });

  it('replaces one that was never used', async () => {
    const unused = await inAnotherBoot(await rotate());
    const fresh = await inAnotherBoot(await rotate());
    expect(await upload(unused)).toBe(401);
    expect((await unused.shakeHands()).status).toBe(401);
    expect(await upload(device)).toBe(200);
    expect(await upload(fresh)).toBe(200);
    expect(await upload(device)).toBe(401);
  });

  it('ends the old one at once when told to', async () => {
    const fresh = await rotate(true);
    expect(await upload(device)).toBe(401);
    expect((await device.shakeHands()).status).toBe(401);
    expect(await upload(await inAnotherBoot(fresh))).toBe(200);
  });
});

describe('a revoked key', () => {
  it('stores nothing from its commit on, and its sessions are dropped by the next upkeep', async () => {
    await operator.revokeDevice('greenhouse');
    expect(await upload(device)).toBe(401);
    await server.app.upkeep();
    expect(server.app.sessions.size).toBe(0);
    expect((await device.syncTime({})).status).toBe(401);
    expect((await device.shakeHands()).status).toBe(401);
    expect(await operator.describeDevice('greenhouse')).toMatchObject({
      currentGeneration: null,
      pendingGeneration: null,
    });
  });

  it('stays revoked when the device is removed and its id is added again', async () => {
    await upload(device);
    await operator.removeDevice('greenhouse');
    const again = new WireDevice(server, 'greenhouse', await server.addDevice('greenhouse'));
    expect(await upload(device)).toBe(401);
    expect(await upload(await inAnotherBoot(again))).toBe(200);
    expect(await operator.describeDevice('greenhouse')).toMatchObject({ readings: 1, boots: 1 });
  });
});

it('rotate, rotate again, revoke and re-add under load: what is receipted is stored, what is refused is not', async () => {
  const stored = new Set<number>();
  let current = device;
  let next = 1_000_000;
  const burst = async (from: WireDevice) => {
    const sequences = Array.from({ length: 20 }, () => ++next);
    const outcomes = await Promise.all(
      sequences.map((number) => from.upload({ bootId: 77n, readings: [reading(number)] })),
    );
    for (const [index, { status }] of outcomes.entries()) {
      expect([200, 401]).toContain(status);
      if (status === 200) stored.add(sequences[index] ?? 0);
    }
  };
  for (let round = 0; round < 6; round += 1) {
    const loading = burst(current);
    const fresh = await rotate(round % 2 === 1);
    await loading;
    await inAnotherBoot(fresh);
    await Promise.all([burst(current), burst(fresh), server.app.upkeep()]);
    current = fresh;
  }
  const report = await operator.describeDevice('greenhouse');
  expect(report?.readings).toBe(stored.size);
  expect(stored.size).toBeGreaterThan(100);

  const loading = burst(current);
  await operator.revokeDevice('greenhouse');
  await loading;
  const afterwards = stored.size;
  await burst(current);
  expect(stored.size).toBe(afterwards);
  expect((await operator.describeDevice('greenhouse'))?.readings).toBe(afterwards);
});
