import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect } from 'vitest';
import { version } from '../../src/config.ts';
import { closeConnections, connectDevice } from '../end-to-end/devices.ts';
import { test as testInPlace } from './place.ts';
import { addDevice, cleanUp, type Ended, type RunOptions, ServerProcess, sealpost } from './process.ts';

afterAll(async () => {
  closeConnections();
  await cleanUp();
});

const test = testInPlace
  .extend('database', ({ data }) => join(data, 'sealpost.db'))
  .extend('masterKey', ({ data }) => join(data, 'master.key'));

const messages = (server: ServerProcess) => server.log.map(({ msg }) => msg);
const failed = (sentence: string): Ended => ({ code: 1, stdout: '', stderr: `sealpost: ${sentence}\n` });

/** Starts a server that is expected not to start. */
function serve(data: string, args: readonly string[] = [], options?: RunOptions): Promise<Ended> {
  return sealpost(['serve', '--host', '127.0.0.1', '--port', '0', '--data', data, ...args], options);
}

describe.concurrent('serve', () => {
  test('says on the first run where it is and how to add a device', async ({ data }) => {
    const server = await ServerProcess.start(data);
    await server.run.output(/npm run demo/);
    expect(messages(server)).toEqual([
      `listening at ${server.url}`,
      `sealpost ${version} is ready; its data is in ${data}`,
      `readings: http://localhost:${server.port} in a browser, http://localhost:${server.port}/sensor as JSON (elsewhere with a token)`,
      'no device yet. Add one, in another terminal: bin/sealpost device add greenhouse',
      'no board at hand? Stop this and see three simulated ones: npm run demo',
    ]);
    expect(server.run.stderr).toBe('');
  });

  test('says less when it has devices', async ({ data }) => {
    await addDevice(data);
    const server = await ServerProcess.start(data);
    const { stdout, stderr, code } = await server.stop();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).msg),
    ).toEqual([
      `listening at ${server.url}`,
      `sealpost ${version} is ready; its data is in ${data}`,
      `readings: http://localhost:${server.port} in a browser, http://localhost:${server.port}/sensor as JSON (elsewhere with a token)`,
      'stopping: answering what has arrived',
      'stopped: every receipt that was sent is in the store',
    ]);
  });

  test('asks devices to keep the intervals that it was given', async ({ data }) => {
    const key = await addDevice(data);
    const server = await ServerProcess.start(data, [
      ...['--sample-interval', '2.5', '--local-time-interval', '86400', '--ntp-interval', '3600'],
    ]);
    const { welcome } = await connectDevice(server.url, 'greenhouse', key).shakeHands();
    expect(welcome.settings).toMatchObject({
      sampleInterval: { seconds: 2n, nanos: 500_000_000 },
      localTimeInterval: { seconds: 86_400n, nanos: 0 },
      ntpInterval: { seconds: 3600n, nanos: 0 },
    });
  });
});

describe.concurrent('a second server', () => {
  test('on the same data directory is refused, and the first one goes on', async ({ data }) => {
    const key = await addDevice(data);
    const first = await ServerProcess.start(data);
    const device = connectDevice(first.url, 'greenhouse', key);
    await device.shakeHands();
    expect(await serve(data)).toEqual(
      failed(`another sealpost server is running on ${data}: stop it, or give this one a data directory of its own.`),
    );
    expect(await device.upload(1)).toMatchObject({ stored: 1, duplicates: 0 });
    expect(await serve(data)).toMatchObject({ code: 1 });
    expect(await first.stop()).toMatchObject({ code: 0, stderr: '' });
    await ServerProcess.start(data);
  });

  test('on the same port is refused, and has locked nothing', async ({ data }) => {
    const first = await ServerProcess.start(`${data}-of-the-first`);
    expect(await serve(data, ['--port', String(first.port)])).toEqual(
      failed(
        `port ${first.port} on 127.0.0.1 is taken, by another sealpost or another program: choose one with --port`,
      ),
    );
    expect((await first.latest()).status).toBe(404);
    await ServerProcess.start(data);
  });
});

describe.concurrent('serve fails with one sentence that says what to do', () => {
  test('on an address that this machine does not have', async ({ data }) => {
    // TEST-NET-1 (RFC 5737).
    expect(await serve(data, ['--host', '192.0.2.1'])).toEqual(
      failed('this machine has no address 192.0.2.1: choose one with --host'),
    );
  });
});

/** A user that owns nothing, and can at least run this program from where it is. */
const nobody = 65_534;
const isRoot = process.getuid?.() === 0;
const mayRunAsNobody = isRoot && (await sealpost(['--version'], { uid: nobody })).code === 0;

describe.concurrent.each([
  { command: 'serve', run: serve },
  { command: 'device list', run: (data: string) => sealpost(['device', 'list', '--data', data]) },
])('$command fails with one sentence that says what to do', ({ run }) => {
  test('on a data directory that is a file', async ({ data }) => {
    writeFileSync(data, '');
    expect(await run(data)).toEqual(
      failed(`${data} can't be made, as there is a file in its way: choose another data directory.`),
    );
  });

  test('on a database that is no database', async ({ data, database }) => {
    mkdirSync(data);
    writeFileSync(database, 'my shopping list\n'.repeat(100));
    expect(await run(data)).toEqual(
      failed(`${database} is not a SQLite database: move it away to start afresh, or restore a backup in its place.`),
    );
  });

  test('on a database that was cut short', async ({ data, database }) => {
    await addDevice(data);
    truncateSync(database, 4096);
    expect(await run(data)).toEqual(
      failed(`${database} is damaged: restore a backup in its place, or move it away to start afresh.`),
    );
  });

  test('on the database of a newer version', async ({ data, database }) => {
    await addDevice(data);
    const open = new DatabaseSync(database);
    const known = open.prepare('PRAGMA user_version').get()?.user_version;
    open.exec('PRAGMA user_version = 1000');
    open.close();
    expect(await run(data)).toEqual(
      failed(
        `${database} was written by a newer version of sealpost (schema 1000, this one knows ${known}): ` +
          'install that version, or restore a backup from before it.',
      ),
    );
  });

  test('without the master key, and runs when it is back', async ({ data, masterKey }) => {
    await addDevice(data);
    const key = readFileSync(masterKey);
    rmSync(masterKey);
    expect(await run(data)).toEqual(
      failed(
        `the master key ${masterKey} is missing, and the database holds device keys that only it opens: sealpost ` +
          'refuses to start. Put the file back from your backup, or say where it is.',
      ),
    );
    writeFileSync(masterKey, key, { mode: 0o600 });
    await ServerProcess.start(data);
  });

  test('with the master key of another installation', async ({ data, masterKey }) => {
    await addDevice(data);
    writeFileSync(masterKey, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
    expect(await run(data)).toEqual(
      failed(
        `${masterKey} is not the master key that this database's device keys are sealed with: put the right file there.`,
      ),
    );
  });

  test('with a master key that is none, and does not show it', async ({ data, masterKey }) => {
    await addDevice(data);
    writeFileSync(masterKey, 'correct horse battery staple\n', { mode: 0o600 });
    expect(await run(data)).toEqual(
      failed(`${masterKey} is not a master key: expected 32 bytes in base64, 44 characters. Restore it from a backup.`),
    );
  });

  test.for([0o604, 0o640, 0o644])(
    'with a master key that others can reach, mode %o',
    async (mode, { data, masterKey }) => {
      await addDevice(data);
      chmodSync(masterKey, mode);
      expect(await run(data)).toEqual(
        failed(`others on this machine can reach the master key ${masterKey}: run chmod 600 ${masterKey}`),
      );
    },
  );
});

describe.concurrent('somebody who may not write the data directory', () => {
  const options: RunOptions = isRoot ? { uid: nobody } : {};

  test.skipIf(isRoot && !mayRunAsNobody)('is told so', async ({ data }) => {
    mkdirSync(data, { mode: 0o500 });
    chmodSync(dirname(data), 0o755);
    expect(await serve(data, [], options)).toEqual(
      failed(`${data} can't be written: give this user the right to (chmod u+rw, or chown), and to its directory.`),
    );
  });

  test.skipIf(!mayRunAsNobody)('is told so when the directory is theirs and the database is not', async ({ data }) => {
    await addDevice(data);
    chmodSync(dirname(data), 0o755);
    chownSync(data, nobody, nobody);
    expect(await serve(data, [], options)).toEqual(
      failed(
        `${join(data, 'sealpost.db')} can't be written: give this user the right to (chmod u+rw, or chown), and to its directory.`,
      ),
    );
  });
});
