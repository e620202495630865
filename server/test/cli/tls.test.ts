import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { pino } from 'pino';
import { afterAll, expect } from 'vitest';
import { startServer } from '../../src/cli/running-server.ts';
import { defaultConfig } from '../../src/config.ts';
import { makeCertificate } from '../certificate.ts';
import { test } from './place.ts';
import { cleanUp, ServerProcess, sealpost } from './process.ts';

afterAll(cleanUp);

test('serve gives people TLS beside the plain port, and stops as without it', async ({ data }) => {
  const { cert, key } = makeCertificate();
  const [certFile, keyFile] = [join(dirname(data), 'cert.pem'), join(dirname(data), 'key.pem')];
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key, { mode: 0o600 });
  const tls = ['--tls-cert', certFile, '--tls-key', keyFile, '--tls-port', '0'];
  const server = await ServerProcess.start(data, tls);
  const [, port] = /listening at https:\/\/127\.0\.0\.1:(\d+)/.exec(server.run.stdout) ?? [];
  const { stdout } = await sealpost(['token', 'add', 'ada', '--json', '--data', data]);
  const headers = { host: 'localhost', authorization: `Bearer ${JSON.parse(stdout).token}` };
  const [response] = await once(
    request({ host: '127.0.0.1', port, path: '/sensor', headers, ca: cert }).end(),
    'response',
  );
  expect(response.statusCode).toBe(404);
  expect(JSON.parse(await text(response)).code).toBe('not_found');
  expect(await server.latest()).toMatchObject({ status: 404 });
  expect(await server.stop()).toMatchObject({ code: 0, stderr: '' });
});

test('connections over TLS are among those that the metrics count', async ({ data }) => {
  const { cert, key } = makeCertificate();
  const [tlsCert, tlsKey] = [join(dirname(data), 'cert.pem'), join(dirname(data), 'key.pem')];
  writeFileSync(tlsCert, cert);
  writeFileSync(tlsKey, key, { mode: 0o600 });
  const logger = pino({ level: 'silent' });
  const place = { data, host: '127.0.0.1', port: 0, tlsPort: 0, tlsCert, tlsKey };
  const server = await startServer({ ...place, config: defaultConfig, logger, acceptClock: false });
  const port = Number(new URL(server.addresses.at(-1) ?? '').port);
  const socket = connect({ host: '127.0.0.1', port, ca: cert, servername: 'localhost' });
  await once(socket, 'secureConnect');
  expect((await server.app.figures()).connections).toBe(1);
  socket.destroy();
  await server.close();
});

test('serve does not start with a key that does not belong to the certificate', async ({ data }) => {
  const [certFile, keyFile] = [join(dirname(data), 'cert.pem'), join(dirname(data), 'key.pem')];
  writeFileSync(certFile, makeCertificate().cert);
  writeFileSync(keyFile, makeCertificate().key, { mode: 0o600 });
  const ended = await sealpost(['serve', '--port', '0', '--data', data, '--tls-cert', certFile, '--tls-key', keyFile]);
  expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('give the two that belong together') });
  expect(await sealpost(['serve', '--port', '0', '--data', data, '--tls-key', keyFile])).toMatchObject({ code: 2 });
});
