import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openapiPage } from '../../src/wire/openapi-page.ts';
import { TestServer } from '../test-server.ts';

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server.stopAndRemove());

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, { parameters?: { name: string; schema: object }[] }>>;
}

describe('GET /openapi.json', () => {
  it('describes the routes that there are', async () => {
    const { status, json } = await server.get('/openapi.json');
    const { openapi, paths } = json as Document;
    expect({ status, openapi }).toEqual({ status: 200, openapi: '3.1.0' });
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((name) => `${name} ${path}`),
    );
    expect(routes).toEqual(
      expect.arrayContaining([
        'get /sensor',
        'get /sensor/history',
        'get /devices',
        'get /metrics',
        'post /login',
        'post /logout',
        'post /sensor',
        'get /dh-key-exchange',
        'post /dh-key-exchange',
      ]),
    );
    expect(paths['/sensor/history']?.get?.parameters?.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['device', 'from', 'to', 'limit', 'format']),
    );
  });

  it.each(['device', 'from', 'to', 'limit', 'format'])('names a parameter that the route checks: %s', async (name) => {
    const { json } = await server.get(`/sensor/history?device=a&${name}=%00`);
    expect((json as { message: string }).message).toMatch(new RegExp(`^${name}`));
  });

  it('has the limits that the routes have', async () => {
    const { paths } = (await server.get('/openapi.json')).json as Document;
    for (const [path, device] of [
      ['/sensor/history', 'device=a&'],
      ['/devices', ''],
    ] as const) {
      const limit = paths[path]?.get?.parameters?.find(({ name }) => name === 'limit')?.schema;
      const { maximum } = limit as { maximum: number };
      const statusAt = async (value: number) => (await server.get(`${path}?${device}limit=${value}`)).status;
      expect(await statusAt(maximum + 1)).toBe(400);
      expect(await statusAt(maximum)).not.toBe(400);
    }
  });
});

describe('GET /api', () => {
  it('shows every route without a script, under a policy that allows its own style alone', async () => {
    const { status, headers, body } = await server.request({ method: 'GET', url: '/api' });
    const page = body.toString();
    expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'text/html; charset=utf-8' });
    for (const route of ['GET /sensor', 'GET /sensor/history', 'GET /devices'])
      expect(page).toContain(`<code>${route}</code>`);
    expect(page).toMatch(/Body application\/json<\/caption><tr><td><code>token/);
    expect(page).not.toMatch(/<script|https?:/);
    const [, style = ''] = /<style>([\s\S]*)<\/style>/.exec(page) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(headers['content-security-policy']).toContain(`default-src 'none'; style-src 'sha256-${hash}'`);
  });

  it('runs nothing that a document might have in it', () => {
    const markup = '<script>alert(1)</script>';
    const page = openapiPage({
      info: { title: markup, version: markup },
      tags: [{ name: markup }],
      paths: { [markup]: { get: { tags: [markup], summary: markup, responses: { 200: { description: markup } } } } },
    });
    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;');
  });
});
