import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandLine } from '../../src/access/actor.ts';
import { hour, second } from '../../src/time.ts';
import { grantOf } from '../../src/wire/reader-guard.ts';
import { TestServer } from '../test-server.ts';

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server.stopAndRemove());

const elsewhere = '192.168.1.7';
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** GET /sensor of an empty store: 404 is what whoever may read gets. */
async function read(headers: Record<string, string>, remoteAddress = elsewhere, url = '/sensor') {
  const {
    status,
    headers: answered,
    body,
  } = await server.request({
    method: 'GET',
    url,
    remoteAddress,
    headers: { host: 'raspberrypi.local:8080', ...headers },
  });
  return { status, challenge: answered['www-authenticate'], ...JSON.parse(body.toString()) };
}

const refusedToken = {
  status: 401,
  challenge: 'Bearer',
  code: 'unauthenticated',
  message: expect.stringContaining('this token is not accepted'),
};

describe('a token', () => {
  it('lets its bearer read from anywhere, by any name of the server', async () => {
    const token = await server.addToken('ada', 'reader');
    for (const host of ['raspberrypi.local:8080', '192.168.1.10', 'sensors.example.org', 'whatever.example:1']) {
      expect(await read({ ...bearer(token), host })).toMatchObject({ status: 404, code: 'not_found' });
    }
    expect(await read({ authorization: `bearer  ${token}` })).toMatchObject({ status: 404 });
  });

  it.each([
    ['of nobody', `sealpost_${'A'.repeat(43)}`],
    ['that is none', 'hunter2'],
    ['that is empty', ''],
    ['of a length that nobody has', 'A'.repeat(7000)],
    ["with another's beginning", 'sealpost_'],
  ])('%s is refused, on the machine itself and with open reads too', async (_what, token) => {
    expect(await read(bearer(token))).toEqual(refusedToken);
    expect(await read({ ...bearer(token), host: 'localhost' }, '127.0.0.1')).toEqual(refusedToken);
    const open = await TestServer.start({ config: { openReads: true } });
    const answer = await open.request({ method: 'GET', url: '/sensor', headers: bearer(token) });
    expect(answer.status).toBe(401);
    await open.stopAndRemove();
  });

  it('is refused from the moment it expires, and while the clock can not be trusted', async () => {
    const token = await server.addToken('ada', 'reader', { expiresAt: server.clock.wall() + hour });
    server.clock.advance(hour - 1);
    expect(await read(bearer(token))).toMatchObject({ status: 404 });
    server.clock.advance(1);
    expect(await read(bearer(token))).toEqual(refusedToken);
    const forGood = await server.addToken('bob', 'reader');
    server.clock.stepWall(-20 * 365 * 24 * hour);
    expect(await read(bearer(token))).toEqual(refusedToken);
    expect(await read(bearer(forGood))).toMatchObject({ status: 404 });
  });

  it('is refused once it is revoked, by another process too', async () => {
    const token = await server.addToken('ada', 'reader');
    expect(await read(bearer(token))).toMatchObject({ status: 404 });
    const { TokenAdmin } = await import('../../src/access/token-admin.ts');
    const { openSqliteStore } = await import('../../src/store/sqlite/sqlite-store.ts');
    const other = await openSqliteStore({ dataDirectory: server.dataDirectory });
    const admin = new TokenAdmin({ store: other.access, now: () => server.clock.wall(), randomBytes: Buffer.alloc });
    await admin.revoke('ada', commandLine);
    await other.close();
    expect(await read(bearer(token))).toEqual(refusedToken);
  });

  it('of one device reads that device and no other', async () => {
    for (const id of ['kitchen', 'attic']) await server.addDevice(id);
    const token = await server.addToken('wall', 'reader', { deviceId: 'kitchen' });
    expect(await read(bearer(token), elsewhere, '/sensor?device=kitchen')).toMatchObject({ status: 404 });
    expect(await read(bearer(token), elsewhere, '/sensor')).toMatchObject({
      status: 404,
      message: expect.stringContaining('no such device, or no reading of it yet'),
    });
    const denied = await read(bearer(token), elsewhere, '/sensor?device=attic');
    expect(denied).toEqual({
      status: 403,
      challenge: undefined,
      code: 'permission_denied',
      message: 'this token reads one device only, and this is another',
    });
    // Nor does it learn which devices there are.
    expect(await read(bearer(token), elsewhere, '/sensor?device=cellar')).toEqual(denied);
  });

  it('never reaches the log or an answer', async () => {
    const token = await server.addToken('ada', 'reader', { expiresAt: server.clock.wall() + second });
    const wrong = `sealpost_${'x'.repeat(43)}`;
    const answers = [await read(bearer(token)), await read(bearer(wrong)), await read({ authorization: token })];
    server.clock.advance(second);
    answers.push(await read(bearer(token)));
    expect(answers.map(({ status }) => status)).toEqual([404, 401, 401, 401]);
    const written = JSON.stringify(answers) + server.log.join('');
    expect(server.log.join('')).toContain('the token ada has expired');
    for (const secret of [token, wrong]) expect(written).not.toContain(secret.slice(9, 30));
  });
});

describe('without a token', () => {
  it('people elsewhere are told how to get one', async () => {
    expect(await read({})).toEqual({
      status: 401,
      challenge: 'Bearer',
      code: 'unauthenticated',
      message: expect.stringContaining("'sealpost token add NAME --role reader'"),
    });
  });

  it('another scheme of authorization counts as none', async () => {
    const basic = { authorization: 'Basic YWRhOmh1bnRlcjI=' };
    expect(await read(basic)).toMatchObject({ status: 401 });
    expect(await read({ ...basic, host: 'localhost' }, '127.0.0.1')).toMatchObject({ status: 404 });
  });

  it.each([
    [{ origin: 'http://localhost:8080' }, 404],
    [{ origin: 'http://localhost:8080', 'sec-fetch-site': 'same-origin' }, 404],
    [{ 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }, 404],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 404],
    [{ origin: 'http://evil.example' }, 403],
    [{ origin: 'http://localhost:3000' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: '' }, 403],
    [{ origin: 'http://localhost:8080/' }, 403],
    [{ origin: 'http://user@localhost:8080' }, 403],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 403],
    [{ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' }, 403],
    [{ 'sec-fetch-site': 'nonsense' }, 403],
  ])('on the machine itself, what a browser says as %o gets %d', async (headers, status) => {
    expect(await read({ host: 'localhost:8080', ...headers }, '127.0.0.1')).toMatchObject({ status });
  });

  it.each([
    ['192.168.1.10:8080', 404],
    ['[fe80::1]:8080', 404],
    ['raspberrypi', 404],
    ['RaspberryPi.local.:8080', 404],
    ['pi.home.arpa', 404],
    ['sensors.example.org', 404],
    ['Sensors.Example.Org:8080', 404],
    ['evil.example', 401],
    ['192.168.1.10.evil.example', 401],
    ['local.evil.example', 401],
    ['sensors.example.org.evil.example', 401],
    ['evil.example:8080:8080', 401],
    ['evil.example#.local', 401],
    ['evil.example/.local', 401],
  ])('with open reads, a request by the name %s gets %d', async (host, status) => {
    await server.stopAndRemove();
    server = await TestServer.start({ config: { openReads: true, allowedHosts: ['sensors.example.org'] } });
    expect(await read({ host })).toMatchObject({ status });
  });
});

describe('the routes of admins', () => {
  beforeEach(async () => {
    await server.stopAndRemove();
    server = await TestServer.start({ config: { openReads: true } });
  });

  it('need a token with that role, on the machine itself too', async () => {
    const [reader, admin] = [await server.addToken('ada', 'reader'), await server.addToken('bob', 'admin')];
    const act = async (headers: Record<string, string>) => {
      const { status } = await server.request({
        method: 'POST',
        url: '/sealpost.v1.DeviceAdminService/AddDevice',
        headers: { host: 'localhost', 'content-type': 'application/json', ...headers },
        payload: '{"deviceId":"kitchen"}',
      });
      return status;
    };
    expect(await act({})).toBe(401);
    expect(await act(bearer(reader))).toBe(403);
    expect(await act(bearer(`sealpost_${'A'.repeat(43)}`))).toBe(401);
    expect(await server.store.listDevices()).toEqual([]);
    expect(await act(bearer(admin))).toBe(200);
    expect(
      (await server.store.access.listAudit(3)).map(({ actor, act: what, outcome }) => [actor, what, outcome]),
    ).toEqual([
      ['bob', 'add device', 'done'],
      [null, 'show a token', 'refused'],
      ['ada', 'act as admin', 'refused'],
    ]);
  });
});

it('a route that forgot its guard grants nothing', () => {
  expect(() => grantOf({} as Parameters<typeof grantOf>[0])).toThrow('a route of readers has no guard');
});
