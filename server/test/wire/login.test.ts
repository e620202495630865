import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandLine, doneNote } from '../../src/access/actor.ts';
import { day, hour, minute, second } from '../../src/time.ts';
import { TestServer } from '../test-server.ts';

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server.stopAndRemove());

const page = { host: 'raspberrypi.local:8080', origin: 'http://raspberrypi.local:8080' };
const json = { 'content-type': 'application/json' };
const remoteAddress = '192.168.1.7';

/** What the page asks of the server, from another machine. */
async function ask(method: 'GET' | 'POST', url: string, headers: Record<string, string>, payload?: string) {
  const answer = await server.request({
    method,
    url,
    remoteAddress,
    headers: { ...page, ...headers },
    ...(payload !== undefined && { payload }),
  });
  return { ...answer, text: answer.body.toString(), setCookie: answer.headers['set-cookie'] };
}

const logIn = (token: string, headers: Record<string, string> = {}) =>
  ask('POST', '/login', { ...json, ...headers }, JSON.stringify({ token }));

/** The cookie that a browser would send after this. */
const cookieOf = ({ setCookie }: { setCookie: unknown }) => ({ cookie: String(setCookie).split(';')[0] ?? '' });

/** Whom the server takes the browser for; null for nobody who may read. */
const whoAmI = async (cookie: Record<string, string>) =>
  JSON.parse((await ask('GET', '/page-session', cookie)).text).reader;

const ada = { role: 'reader', device: null, token: 'ada' };

describe('logging in', () => {
  it('puts a cookie into the browser that no script and no other site gets', async () => {
    const token = await server.addToken('ada', 'admin');
    const answer = await logIn(token);
    expect({ status: answer.status, body: JSON.parse(answer.text) }).toEqual({
      status: 200,
      body: { role: 'admin', device: null, token: 'ada' },
    });
    expect(answer.setCookie).toMatch(
      /^sealpost=[A-Za-z0-9_-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Strict$/,
    );
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.setCookie).not.toContain(token.slice(9));
    expect(await whoAmI(cookieOf(answer))).toEqual({ ...ada, role: 'admin' });
  });

  it('is ended by whoever has it, and a stranger who logs out writes nothing', async () => {
    const { access } = server.store;
    let writes = 0;
    const { removeLogin } = access;
    access.removeLogin = (hash) => {
      writes += 1;
      return removeLogin.call(access, hash);
    };
    for (const secret of ['x', 'A'.repeat(43), 'A'.repeat(5000)]) {
      expect((await ask('POST', '/logout', { cookie: `sealpost=${secret}` })).status).toBe(204);
    }
    expect(writes).toBe(0);
    const cookie = cookieOf(await logIn(await server.addToken('ada', 'reader')));
    await ask('POST', '/logout', cookie);
    expect(writes).toBe(1);
  });

  it('lasts as long as the token, 30 days at most, and over a restart', async () => {
    const soon = await server.addToken('soon', 'reader', { expiresAt: server.clock.wall() + hour });
    const late = await server.addToken('late', 'reader');
    const answers = [await logIn(soon), await logIn(late)];
    expect(answers.map(({ setCookie }) => /Max-Age=(\d+)/.exec(String(setCookie))?.[1])).toEqual(['3600', '2592000']);
    const { dataDirectory, clock } = server;
    await server.stop();
    server = await TestServer.start({ dataDirectory, clock });
    const loggedIn = async () => {
      const readers = await Promise.all(answers.map((answer) => whoAmI(cookieOf(answer))));
      return readers.map((reader) => reader?.token ?? null);
    };
    expect(await loggedIn()).toEqual(['soon', 'late']);
    clock.advance(hour);
    expect(await loggedIn()).toEqual([null, 'late']);
    clock.advance(30 * day);
    expect(await loggedIn()).toEqual([null, null]);
  });

  it('ends when the token is revoked', async () => {
    const cookie = cookieOf(await logIn(await server.addToken('ada', 'reader')));
    await server.store.access.revokeToken('ada', doneNote('revoke token', 'ada', commandLine, server.clock.wall()));
    expect(await whoAmI(cookie)).toBeNull();
  });

  it('ends by logging out, for a copy of the cookie too', async () => {
    const cookie = cookieOf(await logIn(await server.addToken('ada', 'reader')));
    const answer = await ask('POST', '/logout', cookie);
    expect({ status: answer.status, setCookie: answer.setCookie }).toEqual({
      status: 204,
      setCookie: 'sealpost=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict',
    });
    expect(await whoAmI(cookie)).toBeNull();
    expect((await ask('POST', '/logout', {})).status).toBe(204);
  });

  it('is refused while the clock is not set', async () => {
    const token = await server.addToken('ada', 'reader');
    server.clock.stepWall(-20 * 365 * day);
    expect(await logIn(token)).toMatchObject({ status: 503, setCookie: undefined });
    const [entry] = await server.store.access.listAudit(1);
    expect(entry).toMatchObject({ at: null, actor: 'ada', act: 'log in', outcome: 'refused' });
  });
});

describe('a login that is refused', () => {
  const wrong = `sealpost_${'x'.repeat(43)}`;

  it.each([
    ['', 400],
    ['{', 400],
    ['[]', 400],
    ['null', 400],
    ['{"token":1}', 400],
    ['{"token":["a"]}', 400],
    ['"sealpost_"', 400],
    ['{"token":""}', 401],
    ['{"token":"hunter2"}', 401],
    [JSON.stringify({ token: wrong }), 401],
    [JSON.stringify({ token: 'x'.repeat(70_000) }), 413],
  ])('with %s gets no cookie', async (payload, status) => {
    expect(await ask('POST', '/login', json, payload)).toMatchObject({ status, setCookie: undefined });
  });

  it('as a form, or as text, is not even looked at', async () => {
    const token = await server.addToken('ada', 'reader');
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x']) {
      const answer = await ask('POST', '/login', { 'content-type': type }, JSON.stringify({ token }));
      expect(answer).toMatchObject({ status: 415, setCookie: undefined });
    }
  });

  it('is in the audit, and the token is not, nor in the log', async () => {
    await logIn(wrong);
    const [entry] = await server.store.access.listAudit(1);
    expect(entry).toEqual({
      entry: 1,
      at: server.clock.wall(),
      actor: null,
      act: 'log in',
      object: null,
      outcome: 'refused',
      remoteAddress,
      leftOut: 0,
    });
    expect(server.log.join('')).toContain('unknown token');
    expect(server.log.join('')).not.toContain('xxx');
  });

  it('a thousand times is slowed down, fills no disk, and shuts nobody out', async () => {
    const token = await server.addToken('ada', 'reader');
    const statuses = new Map<number, number>();
    for (let attempt = 0; attempt < 1000; attempt += 1) {
      const { status } = await logIn(wrong);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect([...statuses]).toEqual([
      [401, 10],
      [429, 990],
    ]);
    expect((await logIn(wrong)).headers['retry-after']).toBe('1');
    expect((await logIn(token)).status).toBe(200);
    server.clock.advance(second);
    expect((await logIn(wrong)).status).toBe(401);
    expect(await server.store.access.listAudit(1000)).toHaveLength(1 + 20);
    server.clock.advance(10 * minute);
    await logIn(wrong);
    expect(await server.store.access.listAudit(1)).toMatchObject([{ act: 'log in', leftOut: 982 }]);
  });

  it('is what a holder of a token gets who never stops, though others get in', async () => {
    const [ada, bob] = [await server.addToken('ada', 'reader'), await server.addToken('bob', 'reader')];
    const statuses = [];
    for (let attempt = 0; attempt < 12; attempt += 1) statuses.push((await logIn(ada)).status);
    expect(statuses).toEqual([...Array(10).fill(200), 429, 429]);
    expect((await logIn(bob)).status).toBe(200);
    expect(await server.store.access.listAudit(1)).toMatchObject([{ actor: 'ada', act: 'log in', outcome: 'refused' }]);
  });
});

describe('another web page', () => {
  let cookie: Record<string, string>;
  let token: string;
  beforeEach(async () => {
    token = await server.addToken('ada', 'admin');
    cookie = cookieOf(await logIn(token));
  });

  it.each([
    [{ origin: 'http://evil.example' }],
    [{ origin: 'http://raspberrypi.local:3000' }],
    [{ origin: 'null' }],
    [{ 'sec-fetch-site': 'same-site' }],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }],
  ])('with %o can neither log in nor out', async (headers) => {
    expect(await logIn(token, headers)).toMatchObject({ status: 403, setCookie: undefined });
    expect(await ask('POST', '/logout', { ...cookie, ...headers })).toMatchObject({
      status: 403,
      setCookie: undefined,
    });
    expect(await whoAmI(cookie)).toEqual({ ...ada, role: 'admin' });
  });

  it('that hides where it comes from can not use the cookie to change anything', async () => {
    const { origin: _origin, ...hidden } = page;
    const answer = await server.request({
      method: 'POST',
      url: '/logout',
      remoteAddress,
      headers: { ...hidden, ...cookie },
    });
    expect(answer.status).toBe(403);
    expect(await whoAmI(cookie)).toEqual({ ...ada, role: 'admin' });
  });

  it('under a name that points here (DNS rebinding) can neither log in nor use the cookie', async () => {
    const rebound = { host: 'evil.example:8080', origin: 'http://evil.example:8080' };
    expect(await logIn(token, rebound)).toMatchObject({ status: 401, setCookie: undefined });
    expect(await ask('GET', '/sensor', { ...cookie, ...rebound })).toMatchObject({ status: 401 });
  });
});

describe('the cookie', () => {
  it.each([
    'sealpost=',
    'sealpost=x',
    `sealpost=${'A'.repeat(43)}`,
    'sealpost',
    '=',
    `__Host-sealpost=${'A'.repeat(43)}`,
  ])('as %s says nothing', async (cookie) => {
    expect(await whoAmI({ cookie })).toBeNull();
  });

  it('is found among others', async () => {
    const { cookie } = cookieOf(await logIn(await server.addToken('ada', 'reader')));
    expect(await whoAmI({ cookie: `a=1; xsealpost=2;${cookie};b=3` })).toEqual(ada);
  });
});
