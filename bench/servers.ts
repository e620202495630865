/** Run as a child process: one of the servers that are measured. Says its port, and its CPU time and memory when asked. */
import { randomBytes } from 'node:crypto';
import Fastify from 'fastify';
import { pino } from 'pino';
import { startServer } from '../server/src/cli/running-server.ts';
import { defaultConfig } from '../server/src/config.ts';

const [kind = '', argument = ''] = process.argv.slice(2);

async function bareFastify(responseBytes: number): Promise<number> {
  const app = Fastify();
  const answer = randomBytes(responseBytes);
  app.addContentTypeParser('application/proto', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.post('/upload', (_request, reply) => reply.type('application/proto').send(answer));
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

async function sealpost(data: string): Promise<number> {
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    data,
    config: defaultConfig,
    logger: pino({ level: 'warn' }),
    acceptClock: false,
  });
  return server.port;
}

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMicros: user + system, rss: process.memoryUsage.rss() });
});
process.on('disconnect', () => process.exit());
process.send?.({ port: kind === 'bare-fastify' ? await bareFastify(Number(argument)) : await sealpost(argument) });
