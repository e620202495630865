/** Run as a process of its own: one of the Node servers that are measured. Each loads only what it needs. */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: 'string', default: '0' },
    data: { type: 'string', default: '' },
    /** What the bare servers answer with. */
    bytes: { type: 'string', default: '0' },
  },
});
const port = Number(values.port);
const host = '127.0.0.1';

async function bareHttp(): Promise<() => unknown> {
  const answer = randomBytes(Number(values.bytes));
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/proto', 'content-length': answer.length });
      response.end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return () => process.exit();
}

async function bareFastify(): Promise<() => unknown> {
  const { fastify } = await import('fastify');
  const app = fastify();
  const answer = randomBytes(Number(values.bytes));
  app.addContentTypeParser('application/proto', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.post('/upload', (_request, reply) => reply.type('application/proto').send(answer));
  await app.listen({ host, port });
  return () => process.exit();
}

async function sealpost(): Promise<() => unknown> {
  const { pino } = await import('pino');
  const { startServer } = await import('../server/src/cli/running-server.ts');
  const { defaultConfig } = await import('../server/src/config.ts');
  const server = await startServer({
    host,
    port,
    data: values.data,
    config: defaultConfig,
    logger: pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true })),
    acceptClock: false,
  });
  return () => server.close().then(() => process.exit());
}

const start = { 'bare-http': bareHttp, 'bare-fastify': bareFastify, sealpost }[positionals[0] ?? ''];
if (!start) throw new Error('which server?');
// To see what memory is in use rather than what garbage happens to be there.
process.on('message', () => {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  process.send?.(heapUsed + external);
});
// Whoever started it is gone.
process.on('disconnect', () => process.exit());
process.on('SIGTERM', await start());
