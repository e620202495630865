import { gunzipSync } from 'node:zlib';
import { test as base, expect } from 'vitest';
import { defaultConfig } from '../../src/config.ts';
import { minute } from '../../src/time.ts';
import { deviceUrl } from '../../src/wire/page-device-url.ts';
import { TestServer } from '../test-server.ts';

const test = base.extend('server', async ({ task: _task }, { onCleanup }) => {
  const server = await TestServer.start();
  onCleanup(() => server.stopAndRemove());
  return server;
});

const host = 'localhost:8080';

test('the page is served to everybody, under a policy that lets nothing else in', async ({ server }) => {
  const { status, headers, body } = await server.request({
    method: 'GET',
    url: '/',
    headers: { host },
    remoteAddress: '192.168.1.7',
  });
  expect({ status, type: headers['content-type'], caching: headers['cache-control'] }).toEqual({
    status: 200,
    type: 'text/html; charset=utf-8',
    caching: 'no-cache',
  });
  expect(headers['content-security-policy']).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  expect(body.toString()).toContain('<html lang="en">');
});

test('its files come compressed to who takes that, and once to who has them', async ({ server }) => {
  const plain = await server.request({ method: 'GET', url: '/page.js', headers: { host } });
  const compressed = await server.request({
    method: 'GET',
    url: '/page.js',
    headers: { host, 'accept-encoding': 'gzip, deflate' },
  });
  expect(compressed.headers).toMatchObject({
    'content-encoding': 'gzip',
    'content-type': 'application/javascript; charset=utf-8',
    vary: 'accept-encoding',
  });
  expect(gunzipSync(compressed.body).equals(plain.body)).toBe(true);
  const again = await server.request({
    method: 'GET',
    url: '/page.js',
    headers: { host, 'if-none-match': String(plain.headers.etag) },
  });
  expect({ status: again.status, body: again.body.length }).toEqual({ status: 304, body: 0 });
});

test('no other file can be had by its routes', async ({ server }) => {
  for (const url of ['/package.json', '/../package.json', '/%2e%2e/vite.config.ts', '/page.js.gz', '/src/main.ts']) {
    const { status } = await server.request({ method: 'GET', url, headers: { host } });
    expect({ url, status }).toEqual({ url, status: 404 });
  }
});

test('the page hears who reads', async ({ server }) => {
  expect(await server.get('/page-session')).toEqual({
    status: 200,
    json: {
      version: '0.1.0',
      sampleIntervalSeconds: 10,
      deviceUrl: null,
      reader: { role: 'reader', device: null, token: null },
    },
  });
});

test('the page hears that somebody from elsewhere may not read, as no error', async ({ server }) => {
  const { status, headers, body } = await server.request({
    method: 'GET',
    url: '/page-session',
    headers: { host: '192.168.1.10:8080' },
    remoteAddress: '192.168.1.7',
  });
  expect({ status, challenge: headers['www-authenticate'], reader: JSON.parse(body.toString()).reader }).toEqual({
    status: 200,
    challenge: undefined,
    reader: null,
  });
});

test('the page hears how often devices are asked for a reading', async () => {
  const settings = { ...defaultConfig.settings, sampleInterval: 5 * minute };
  const server = await TestServer.start({ config: { settings } });
  expect((await server.get('/page-session')).json).toMatchObject({ sampleIntervalSeconds: 300 });
  await server.stopAndRemove();
});

test('devices are told of no address that only this machine has', () => {
  expect(deviceUrl({ address: '127.0.0.1', family: 'IPv4', port: 8080 })).toBe(null);
  expect(deviceUrl('/run/sealpost.sock')).toBe(null);
  expect(deviceUrl(null)).toBe(null);
});
