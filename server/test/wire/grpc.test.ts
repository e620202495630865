import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ReadingService } from '#gen/reading_service_pb.js';
import { commandLine, doneNote } from '../../src/access/actor.ts';
import { defaultConfig } from '../../src/config.ts';
import { SecureListener } from '../../src/wire/secure-listener.ts';
import { makeCertificate } from '../certificate.ts';
import { TestServer } from '../test-server.ts';
import { reading, WireDevice } from '../wire-device.ts';

const { cert, key } = makeCertificate();

let server: TestServer;
let secure: SecureListener;
let port: number;
beforeEach(async () => {
  server = await TestServer.start({ config: { tls: true } });
  await server.app.http.ready();
  secure = new SecureListener(server.app.http, {
    cert: Buffer.from(cert),
    key: Buffer.from(key),
    config: defaultConfig,
  });
  port = await secure.listen('127.0.0.1', 0);
});
afterEach(async () => {
  secure.closeAllConnections();
  await secure.close();
  await server.stopAndRemove();
});

/** A gRPC client that shows a token. */
function clientWith(token: string) {
  const transport = createGrpcTransport({
    baseUrl: `https://localhost:${port}`,
    nodeOptions: { ca: cert },
    interceptors: [
      (next) => (request) => {
        request.header.set('authorization', `Bearer ${token}`);
        return next(request);
      },
    ],
  });
  return createClient(ReadingService, transport);
}

describe('gRPC over TLS', () => {
  it('reads with a token, and not without', async () => {
    const device = await WireDevice.registered(server);
    await device.upload({ readings: [reading(1)] });
    const client = clientWith(await server.addToken('ada', 'reader'));
    const { reading: latest } = await client.getLatestReading({ deviceId: 'greenhouse' });
    expect(latest?.deviceId).toBe('greenhouse');
    const refused = clientWith(`sealpost_${'A'.repeat(43)}`).getLatestReading({});
    await expect(refused).rejects.toMatchObject({ code: Code.Unauthenticated });
  });

  it('is told of errors in its own words', async () => {
    await server.addDevice('attic');
    const client = clientWith(await server.addToken('wall', 'reader', { deviceId: 'attic' }));
    await expect(client.getLatestReading({ deviceId: 'kitchen' })).rejects.toMatchObject({
      code: Code.PermissionDenied,
      rawMessage: 'this token reads one device only, and this is another',
    });
  });

  it('watches until its token is revoked', async () => {
    const device = await WireDevice.registered(server);
    const client = clientWith(await server.addToken('ada', 'reader'));
    const stream = client.watchReadings({})[Symbol.asyncIterator]();
    expect((await stream.next()).done).toBe(false);
    await device.upload({ readings: [reading(1)] });
    const { value } = await stream.next();
    expect(value?.readings).toHaveLength(1);
    await server.store.access.revokeToken('ada', doneNote('revoke token', 'ada', commandLine, server.clock.wall()));
    const ended = stream.next().catch((error: unknown) => error);
    await server.app.upkeep();
    const error = await ended;
    expect(error).toBeInstanceOf(ConnectError);
    expect((error as ConnectError).code).toBe(Code.Unauthenticated);
  });
});
