import Fastify, { type FastifyInstance, type RouteOptions } from 'fastify';
import { version } from '../config.ts';
import { type OpenapiDocument, openapiPage, openapiPagePolicy } from './openapi-page.ts';

/**
 * Gives the OpenAPI document of all routes that have a schema, at /openapi.json, and a page that shows it, at /api.
 * Called before the routes are there: it takes note of them. The document is made when it is first asked for, by
 * @fastify/swagger on a server of its own, so that nobody else pays for it.
 */
export function documentRoutes(app: FastifyInstance): void {
  // Schemas are for the document. Requests are checked by the handlers, in the project's own words.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', ({ method, url, schema }) => {
    if (schema && method !== 'HEAD') routes.push({ method, url, schema, handler: () => undefined });
  });
  let document: Promise<OpenapiDocument> | undefined;
  const documented = () => {
    document ??= documentOf(routes);
    return document;
  };
  app.get('/openapi.json', async (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(JSON.stringify(await documented(), null, 2)),
  );
  app.get('/api', async (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', openapiPagePolicy)
      .header('x-content-type-options', 'nosniff')
      .send(openapiPage(await documented())),
  );
}

async function documentOf(routes: readonly RouteOptions[]): Promise<OpenapiDocument> {
  const { default: swagger } = await import('@fastify/swagger');
  const app = Fastify({ exposeHeadRoutes: false });
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'sealpost',
        version,
        description: 'Sealed sensor readings from ESP32s. ReadingService has the same and more, typed and as a stream.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: [
        { name: 'readings', description: 'What people read' },
        { name: 'logins', description: 'For browsers, which show a cookie in place of a token' },
        { name: 'devices', description: 'What devices say' },
      ],
    },
  });
  for (const route of routes) app.route(route);
  await app.ready();
  const document = app.swagger() as OpenapiDocument;
  await app.close();
  return document;
}
