import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestServer } from '../test-server.ts';
import { reading, WireDevice } from '../wire-device.ts';

let server: TestServer;
let token: string;
beforeEach(async () => {
  server = await TestServer.start();
  token = await server.addToken('ada', 'admin');
});
afterEach(() => server.stopAndRemove());

const remoteAddress = '192.168.1.7';
const json = { 'content-type': 'application/json' };
const host = 'raspberrypi.local:8080';

async function call(method: string, message: unknown, headers: Record<string, string> = {}) {
  const answer = await server.request({
    method: 'POST',
    url: `/sealpost.v1.DeviceAdminService/${method}`,
    remoteAddress,
    headers: { host, ...json, authorization: `Bearer ${token}`, ...headers },
    payload: typeof message === 'string' ? message : JSON.stringify(message),
  });
  return { status: answer.status, headers: answer.headers, json: JSON.parse(answer.body.toString() || 'null') };
}

const keyIn = ({ json }: { json: { key: string } }) => Buffer.from(json.key, 'base64');

describe('an admin', () => {
  it('adds, rotates and revokes a device, whose keys are shown once', async () => {
    const added = await call('AddDevice', { deviceId: 'kitchen' });
    expect(added).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    const device = new WireDevice(server, 'kitchen', keyIn(added));
    await device.shakeHands();
    expect(await device.upload({ readings: [reading(1)] })).toMatchObject({ status: 200 });

    const rotated = await call('RotateDeviceKey', { deviceId: 'kitchen' });
    expect(rotated).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    expect(await device.upload({ readings: [reading(2)] })).toMatchObject({ status: 200 });
    const atOnce = await call('RotateDeviceKey', { deviceId: 'kitchen', atOnce: true });
    expect(await device.upload({ readings: [reading(3)] })).toMatchObject({ status: 401 });

    const successor = new WireDevice(server, 'kitchen', keyIn(atOnce));
    successor.bootId += 1n;
    await successor.shakeHands();
    expect(await call('RevokeDevice', { deviceId: 'kitchen' })).toMatchObject({ status: 200, json: {} });
    expect(await successor.upload({ readings: [reading(4)] })).toMatchObject({ status: 401 });

    const keys = [added, rotated, atOnce].map(keyIn);
    expect(keys.map(({ length }) => length)).toEqual([32, 32, 32]);
    const audit = await server.store.access.listAudit(10);
    expect(audit.map(({ actor, act, object, outcome }) => [actor, act, object, outcome])).toEqual([
      ['ada', 'revoke device', 'kitchen', 'done'],
      ['ada', 'rotate key', 'kitchen', 'done'],
      ['ada', 'rotate key', 'kitchen', 'done'],
      ['ada', 'add device', 'kitchen', 'done'],
      ['command line', 'add token', 'ada', 'done'],
    ]);
    expect(new Set(audit.map((entry) => entry.remoteAddress))).toEqual(new Set([remoteAddress, null]));
    const written = server.log.join('') + JSON.stringify(audit);
    for (const key of keys) {
      for (const text of [key.toString('base64'), key.toString('hex'), key.join(',')])
        expect(written).not.toContain(text);
    }
  });

  it('is told what is wrong, and the audit too', async () => {
    await call('AddDevice', { deviceId: 'kitchen' });
    const taken = { status: 409, json: { code: 'already_exists', message: expect.stringContaining('is taken') } };
    const missing = { status: 404, json: { code: 'not_found', message: 'there is no such device' } };
    expect(await call('AddDevice', { deviceId: 'kitchen' })).toMatchObject(taken);
    expect(await call('RotateDeviceKey', { deviceId: 'attic' })).toMatchObject(missing);
    expect(await call('RevokeDevice', { deviceId: 'attic' })).toMatchObject(missing);
    const audit = await server.store.access.listAudit(3);
    expect(audit.map(({ act, object, outcome }) => [act, object, outcome])).toEqual([
      ['revoke device', 'attic', 'refused'],
      ['rotate key', 'attic', 'refused'],
      ['add device', 'kitchen', 'refused'],
    ]);
  });

  it.each([
    [{}],
    [{ deviceId: '' }],
    [{ deviceId: '<script>alert(1)</script>' }],
    [{ deviceId: 'a'.repeat(33) }],
    [{ deviceId: 'Kitchen\r\nset-cookie: a=b' }],
    [{ deviceId: 7 }],
    ['{'],
    ['[]'],
    [''],
  ])('who sends %o changes nothing and is shown nothing of it', async (message) => {
    const before = await server.store.listDevices();
    for (const method of ['AddDevice', 'RotateDeviceKey', 'RevokeDevice']) {
      const answer = await call(method, message);
      expect(answer).toMatchObject({ json: { code: expect.stringMatching(/^(invalid_argument|not_found)$/) } });
      expect(JSON.stringify(answer.json)).not.toContain('script');
    }
    expect(await server.store.listDevices()).toEqual(before);
  });

  it('can not do it by GET', async () => {
    const url = '/sealpost.v1.DeviceAdminService/AddDevice?encoding=json&message=%7B%22deviceId%22%3A%22kitchen%22%7D';
    const headers = { host, authorization: `Bearer ${token}` };
    const answer = await server.request({ method: 'GET', url, remoteAddress, headers });
    expect(answer.status).toBe(405);
    expect(await server.store.listDevices()).toEqual([]);
  });
});

describe("an admin's browser", () => {
  let cookie: string;
  beforeEach(async () => {
    const answer = await server.request({
      method: 'POST',
      url: '/login',
      remoteAddress,
      headers: { host, ...json },
      payload: JSON.stringify({ token }),
    });
    cookie = String(answer.headers['set-cookie']).split(';')[0] ?? '';
  });

  const add = (headers: Record<string, string>) =>
    call('AddDevice', { deviceId: 'kitchen' }, { authorization: '', cookie, ...headers });

  it('adds a device for the page', async () => {
    expect(await add({ origin: `http://${host}` })).toMatchObject({ status: 200 });
  });

  it.each([
    [{}],
    [{ origin: 'http://evil.example' }],
    [{ origin: 'http://raspberrypi.local:3000' }],
    [{ origin: 'http://raspberrypi.local' }],
    [{ origin: `http://${host}`, 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
    [{ 'sec-fetch-site': 'none' }],
    [{ origin: 'null' }],
    [{ host: 'evil.example', origin: 'http://evil.example' }],
  ])('does not for another page, which shows as %o', async (headers) => {
    expect((await add(headers)).status).toBeOneOf([401, 403]);
    expect(await server.store.listDevices()).toEqual([]);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', ''])('does not take a form as %s', async (type) => {
    const answer = await server.request({
      method: 'POST',
      url: '/sealpost.v1.DeviceAdminService/AddDevice',
      remoteAddress,
      headers: { host, origin: `http://${host}`, cookie, 'content-type': type },
      payload: '{"deviceId":"kitchen"}',
    });
    expect(answer.status).toBe(415);
    expect(await server.store.listDevices()).toEqual([]);
  });
});
