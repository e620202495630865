import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConnectTransport } from '@connectrpc/connect-node';
import { afterAll, describe, expect } from 'vitest';
import { DeviceError } from '../../src/device/device-error.ts';
import { clientOver, closeConnections, connectDevice, storedReadings } from '../end-to-end/devices.ts';
import { testWithServer } from './place.ts';
import { addDevice, cleanUp, newDirectory, Run, root, type ServerProcess, spellings } from './process.ts';

afterAll(async () => {
  closeConnections();
  await cleanUp();
});

const refused = expect.objectContaining({ name: DeviceError.name, kind: 'unauthenticated' });

const test = testWithServer
  .extend('rotate', ({ device }) => async (...args: string[]): Promise<Buffer> => {
    const { stdout } = await device('rotate', 'greenhouse', '--json', ...args);
    return Buffer.from(JSON.parse(stdout).key, 'base64');
  })
  .extend('connected', ({ server }) => async (key: Buffer) => {
    const greenhouse = connectDevice(server.url, 'greenhouse', key);
    await greenhouse.shakeHands();
    return greenhouse;
  });

describe.concurrent('a running server sees at once', () => {
  test('a device that was added', async ({ data, device, connected }) => {
    const greenhouse = await connected(await addDevice(data));
    expect(await greenhouse.upload(1)).toMatchObject({ stored: 1 });
    expect(JSON.parse((await device('show', 'greenhouse', '--json')).stdout)).toMatchObject({
      device: 'greenhouse',
      firmwareVersion: '1.0.0',
      hardware: 'test',
      boots: 1,
      readings: 1,
      missingReadings: 0,
    });
  });

  test('a rotated key, beside which the old one works until the new one is used', async ({
    data,
    rotate,
    connected,
  }) => {
    const old = await connected(await addDevice(data));
    const fresh = await connected(await rotate());
    expect(await old.upload(1)).toMatchObject({ stored: 1 });
    expect(await fresh.upload(1)).toMatchObject({ stored: 1 });
    await expect(old.upload(2)).rejects.toEqual(refused);
    await expect(old.shakeHands()).rejects.toEqual(refused);
    expect(await fresh.upload(2)).toMatchObject({ stored: 1 });
  });

  test('a key that was rotated --now, which ends the old one and its sessions', async ({ data, rotate, connected }) => {
    const old = await connected(await addDevice(data));
    const key = await rotate('--now');
    await expect(old.upload(1)).rejects.toEqual(refused);
    await expect(old.shakeHands()).rejects.toEqual(refused);
    expect(await (await connected(key)).upload(1)).toMatchObject({ stored: 1 });
  });

  test('a revocation, and that the device is let in again', async ({ data, device, server, rotate, connected }) => {
    const old = await connected(await addDevice(data));
    await old.upload(1);
    await device('revoke', 'greenhouse');
    await expect(old.upload(2)).rejects.toEqual(refused);
    await expect(old.shakeHands()).rejects.toEqual(refused);
    expect((await server.latest('greenhouse')).status).toBe(200);
    expect(await (await connected(await rotate())).upload(2)).toMatchObject({ stored: 1 });
  });

  test('a removal, with the readings', async ({ data, device, server, connected }) => {
    const old = await connected(await addDevice(data));
    await old.upload(1, 2);
    expect((await server.latest('greenhouse')).status).toBe(200);
    expect(await device('remove', 'greenhouse', '--yes')).toEqual({
      code: 0,
      stdout: 'greenhouse is gone, with 2 readings.\n',
      stderr: '',
    });
    await expect(old.upload(3)).rejects.toEqual(refused);
    expect((await server.latest('greenhouse')).status).toBe(404);
    const again = await connected(await addDevice(data));
    await expect(old.upload(3)).rejects.toEqual(refused);
    expect(await again.upload(1)).toMatchObject({ stored: 1 });
    expect(storedReadings(data)).toEqual([`greenhouse/${again.bootId}/1`]);
  });
});

const buf = join(root, 'node_modules', '.bin', 'buf');

describe.concurrent('device hello', () => {
  const anAnswer = { handshake: expect.stringMatching(/^[A-Za-z0-9+/]+={0,2}$/) };
  const keyExchange = (server: ServerProcess) => `${server.url}/sealpost.v1.DeviceService/KeyExchange`;

  test.skipIf(!existsSync(buf))('is what buf curl can send', async ({ data, device, server }) => {
    await addDevice(data);
    const { stdout: hello } = await device('hello', 'greenhouse');
    const sent = new Run(['curl', '--schema', 'proto', '-d', '@-', keyExchange(server)], {
      program: [buf],
      input: hello,
    });
    const { code, stdout, stderr } = await sent.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual(anAnswer);
  });

  test('is accepted once: a copy of it is refused', async ({ data, device, server }) => {
    await addDevice(data);
    const { stdout: body } = await device('hello', 'greenhouse');
    const headers = { 'content-type': 'application/json' };
    const post = async (url: string) => {
      const response = await fetch(url, { method: 'POST', headers, body });
      return { status: response.status, json: await response.json() };
    };
    expect(await post(`${server.url}/dh-key-exchange`)).toEqual({ status: 200, json: anAnswer });
    for (const url of [`${server.url}/dh-key-exchange`, keyExchange(server)]) {
      expect(await post(url)).toMatchObject({ status: 401, json: { code: 'unauthenticated' } });
    }
  });
});

/** The arguments of a process, which anybody may read, and its environment. */
function whatOthersSee({ child }: Run): string[] {
  const facts = `/proc/${child.pid}`;
  if (!existsSync(facts)) return child.spawnargs;
  return ['cmdline', 'environ'].map((name) => readFileSync(join(facts, name), 'utf8'));
}

describe.concurrent('a key', () => {
  test('is in no log, in no list of processes and in no file as it is', async ({ data, server, rotate, connected }) => {
    const keys = [await addDevice(data)];
    const greenhouse = await connected(keys[0]!);
    keys.push(await rotate(), await rotate());
    const keyFile = join(newDirectory(), 'keys');
    const key = keys[2]!.toString('base64');
    writeFileSync(keyFile, JSON.stringify({ device: 'greenhouse', key }), { mode: 0o600 });
    const fleet = new Run(['simulate', '--server', server.url, '--key-file', keyFile, '--devices', '1']);
    await fleet.output(/ESP32 against/, 'stderr');
    const processes = [fleet, server.run].flatMap(whatOthersSee);

    // Refusals of every kind, which is what a log is for.
    await greenhouse.upload(1).catch(() => {});
    await connectDevice(server.url, 'greenhouse', keys[1]!)
      .shakeHands()
      .catch(() => {});
    await fetch(`${server.url}/dh-key-exchange`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ deviceId: key, handshake: key }),
    });
    const overJson = createConnectTransport({ baseUrl: server.url, httpVersion: '1.1', useBinaryFormat: false });
    await clientOver(overJson, 'nobody', keys[1]!)
      .shakeHands()
      .catch(() => {});
    await fleet.output(/\n\d+ s, /, 'stderr').catch(() => {});
    fleet.signal('SIGINT');
    const simulated = await fleet.ended;
    const served = await server.stop();
    expect(server.log.filter(({ level }) => level >= 40).length).toBeGreaterThanOrEqual(3);

    const masterKey = Buffer.from(readFileSync(join(data, 'master.key'), 'utf8'), 'base64');
    const everything = JSON.stringify([simulated, served, processes]);
    for (const spelling of [...keys, masterKey].flatMap(spellings)) expect(everything).not.toContain(spelling);
    for (const name of readdirSync(data)) {
      const bytes = readFileSync(join(data, name));
      for (const one of keys) {
        expect(bytes.includes(one), name).toBe(false);
        expect(bytes.includes(one.toString('base64')), name).toBe(false);
      }
    }
  });
});
