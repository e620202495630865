import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Code } from '@connectrpc/connect';
import { afterEach, describe, expect, test } from 'vitest';
import { DeviceError } from '../../src/device/device-error.ts';
import type { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { addDevice, cleanUp, newDirectory, ServerProcess, sealpost } from '../cli/process.ts';
import { TestServer } from '../test-server.ts';
import { closeConnections, connectDevice, range, storedReadings } from './devices.ts';

/** A server with a device on a disk that can be full. */
interface Place {
  readonly url: string;
  readonly key: Buffer;
  /** Leaves room for a few uploads. */
  takeSpace(): void;
  giveSpace(): void;
  /** Ends the server; gives the readings that it has stored. */
  stop(): Promise<string[]>;
}

const mounts: string[] = [];
afterEach(async () => {
  closeConnections();
  // The servers first: a mount in use does not go.
  const directories = mounts.splice(0);
  for (const mount of directories) spawnSync('umount', ['--lazy', mount]);
  await cleanUp();
});

/** A directory with a disk of 2 MB of its own; undefined where this user may not have one. */
function smallDisk(): string | undefined {
  const directory = newDirectory();
  const options = 'size=2m,mode=0700';
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'sealpost-test', directory]).status !== 0) return undefined;
  mounts.push(directory);
  return directory;
}

function writeBallast(directory: string, bytes: number): void {
  try {
    writeFileSync(join(directory, 'ballast'), Buffer.alloc(bytes));
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  }
}

async function onSmallDisk(): Promise<Place> {
  const disk = smallDisk()!;
  const data = join(disk, 'data');
  const key = await addDevice(data);
  const server = await ServerProcess.start(data);
  return {
    url: server.url,
    key,
    takeSpace: () => writeBallast(disk, 1_500_000),
    giveSpace: () => rmSync(join(disk, 'ballast')),
    async stop() {
      expect(await server.stop()).toMatchObject({ code: 0, stderr: '' });
      expect(server.log.filter(({ level }) => level >= 40)).toContainEqual(
        expect.objectContaining({ call: 'SensorUpload', code: 'unavailable', err: expect.anything() }),
      );
      return storedReadings(data);
    },
  };
}

async function inLimitedDatabase(): Promise<Place> {
  const server = await TestServer.start();
  const key = await server.addDevice('greenhouse');
  const url = await server.app.http.listen({ host: '127.0.0.1', port: 0 });
  const store = server.store as SqliteStore;
  return {
    url,
    key,
    takeSpace: () => store.limitPages(40),
    giveSpace: () => store.limitPages(1_000_000),
    async stop() {
      await server.stop();
      const stored = storedReadings(server.dataDirectory);
      rmSync(server.dataDirectory, { recursive: true });
      return stored;
    },
  };
}

const mayMount = smallDisk() !== undefined;
for (const mount of mounts.splice(0)) spawnSync('umount', [mount]);

describe.each([
  ...(mayMount ? [['a disk of 2 MB', onSmallDisk] as const] : []),
  ['a database that may not grow', inLimitedDatabase] as const,
])('a server on %s', (_, start) => {
  test('gives no receipt while it is full, keeps what it has, and goes on when there is space', async () => {
    const place = await start();
    const device = connectDevice(place.url, 'greenhouse', place.key);
    await device.shakeHands();
    place.takeSpace();

    const batchOf = (index: number) => range(64 * index + 1, 64 * index + 64);
    const refused = expect.objectContaining({
      name: DeviceError.name,
      kind: 'unreachable',
      cause: expect.objectContaining({
        code: Code.Unavailable,
        rawMessage: "the store can't take readings now; they are safe on the device, try again later",
      }),
    });
    let receipted = 0;
    // A refusal may be for what a commit settles along; the next ones leave that out, and may have room for what comes.
    for (let refusals = 0; refusals < 3; ) {
      expect(receipted).toBeLessThan(1000);
      const outcome = await device.upload(...batchOf(receipted)).catch((error: unknown) => error);
      if (outcome instanceof Error) {
        expect(outcome).toEqual(refused);
        refusals += 1;
      } else {
        expect(outcome).toMatchObject({ stored: 64, duplicates: 0 });
        receipted += 1;
        refusals = 0;
      }
    }
    expect(receipted).toBeGreaterThan(0);
    // It neither crashes nor forgets: it refuses again, shakes hands, and shows what it has.
    await expect(device.upload(...batchOf(receipted))).rejects.toEqual(refused);
    await device.shakeHands();
    await expect(device.upload(...batchOf(receipted))).rejects.toEqual(refused);
    expect((await fetch(`${place.url}/sensor`)).status).toBe(200);

    place.giveSpace();
    expect(await device.upload(...batchOf(receipted))).toMatchObject({ stored: 64, duplicates: 0 });
    expect(await device.upload(...batchOf(0))).toMatchObject({ stored: 0, duplicates: 64 });
    const all = range(1, 64 * (receipted + 1)).map((sequence) => `greenhouse/${device.bootId}/${sequence}`);
    expect(await place.stop()).toEqual(all.sort());
  });
});

describe.skipIf(!mayMount)('on a full disk', () => {
  test('a first run fails with a sentence, and works when there is space', async () => {
    const disk = smallDisk()!;
    const data = join(disk, 'data');
    writeBallast(disk, 4_000_000);
    expect(await sealpost(['serve', '--host', '127.0.0.1', '--port', '0', '--data', data])).toEqual({
      code: 1,
      stdout: '',
      stderr: `sealpost: there is no space left for ${join(data, 'sealpost.db')}: make some and try again.\n`,
    });
    rmSync(join(disk, 'ballast'));
    await ServerProcess.start(data);
  });

  test('a server starts, and a command says why it can do nothing', async () => {
    const disk = smallDisk()!;
    const data = join(disk, 'data');
    const key = await addDevice(data);
    const server = await ServerProcess.start(data);
    const device = connectDevice(server.url, 'greenhouse', key);
    await device.shakeHands();
    writeBallast(disk, 4_000_000);
    const out = join(newDirectory(), 'device_config.h');
    expect(await sealpost(['device', 'add', 'cellar', '--data', data, '--out', out])).toEqual({
      code: 1,
      stdout: '',
      stderr: "sealpost: the store can't answer now; try again later (SQLite: FULL)\n",
    });
    expect(existsSync(out)).toBe(false);
    await server.kill();

    const again = await ServerProcess.start(data);
    rmSync(join(disk, 'ballast'));
    const returned = connectDevice(again.url, 'greenhouse', key);
    await returned.shakeHands();
    expect(await returned.upload(1)).toMatchObject({ stored: 1 });
  });
});
