import { Agent, type RequestOptions, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { create, toJsonString } from '@bufbuild/protobuf';
import { createConnectTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClockReportSchema, ClockSource } from '#gen/clock_pb.js';
import { KeyExchangeRequestSchema, SensorUploadRequestSchema } from '#gen/device_service_pb.js';
import { generateEphemeral } from '../../src/crypto/noise.ts';
import { DeviceError } from '../../src/device/device-error.ts';
import { beginHandshake } from '../../src/device/handshake.ts';
import { systemClock } from '../../src/time.ts';
import { clientOver, description, newBootId, storedReadings } from '../end-to-end/devices.ts';
import { test as testInPlace } from './place.ts';
import {
  addDevice,
  cleanUp,
  type Ended,
  type LogLine,
  newDirectory,
  type Run,
  ServerProcess,
  sealpost,
} from './process.ts';

const agents: Agent[] = [];
afterAll(async () => {
  for (const agent of agents) agent.destroy();
  await cleanUp();
});

/** One kept connection to the server, which stays with its worker. */
class KeptConnection {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(url: string) {
    this.#url = url;
    agents.push(this.#agent);
  }

  /** A device's client on it. */
  device(deviceId: string, key: Buffer) {
    const nodeOptions = { agent: this.#agent };
    return clientOver(createConnectTransport({ baseUrl: this.#url, httpVersion: '1.1', nodeOptions }), deviceId, key);
  }

  /** POSTs JSON; gives the status. */
  async post(path: string, body: string): Promise<number | undefined> {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    return (await this.#request(path, { method: 'POST', headers }, body)).status;
  }

  async get(path: string): Promise<string> {
    return (await this.#request(path, {})).text;
  }

  #request(path: string, options: RequestOptions, body?: string) {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; text: string }>();
    request(`${this.#url}${path}`, { ...options, agent: this.#agent }, async (response) => {
      resolve({ status: response.statusCode, text: await text(response) });
    })
      .on('error', reject)
      .end(body);
    return promise;
  }
}

/** `sealpost serve --workers 2`. */
class TwoWorkers {
  readonly server: ServerProcess;
  #refusals = 0;

  private constructor(server: ServerProcess) {
    this.server = server;
  }

  static async start(data: string): Promise<TwoWorkers> {
    return new TwoWorkers(await ServerProcess.start(data, ['--workers', '2']));
  }

  get run(): Run {
    return this.server.run;
  }

  /** The lines that the workers have logged themselves. */
  get lines(): LogLine[] {
    return this.server.log.filter(({ pid }) => pid !== this.run.child.pid);
  }

  /** The processes that have been this worker; the last one is it now. */
  processesOf(worker: number): number[] {
    return this.lines.filter((line) => line.worker === worker && line.msg === 'ready').map(({ pid }) => Number(pid));
  }

  /** Kills a worker; resolves when another process is that worker. */
  async kill(worker: number): Promise<void> {
    const processes = this.processesOf(worker);
    process.kill(processes.at(-1)!, 'SIGKILL');
    await this.run.output(new RegExp(`(?:"worker":${worker},"msg":"ready"[^]*?){${processes.length + 1}}`));
  }

  /** The next line that says why a request was refused. */
  async nextRefusal(): Promise<LogLine> {
    this.#refusals += 1;
    await this.run.output(new RegExp(`(?:[^]*?"refused: .*\\n){${this.#refusals}}`));
    return this.lines.filter(({ msg }) => msg.startsWith('refused: '))[this.#refusals - 1]!;
  }

  /** A connection to each of them. */
  async connections(): Promise<[KeptConnection, KeptConnection]> {
    const found = new Map<unknown, KeptConnection>();
    while (found.size < 2) {
      const connection = new KeptConnection(this.server.url);
      await connection.post('/dh-key-exchange', '{}');
      const { worker } = await this.nextRefusal();
      if (!found.has(worker)) found.set(worker, connection);
    }
    return [found.get(1)!, found.get(2)!];
  }
}

const test = testInPlace
  .extend('key', ({ data }) => addDevice(data))
  // The key first: the greeting is another one when there is a device.
  .extend('workers', ({ data, key }) => (key ? TwoWorkers.start(data) : TwoWorkers.start(data)));

const ended: Ended = {
  code: 0,
  stderr: '',
  stdout: expect.stringContaining('stopped: every receipt that was sent is'),
};
const refused = expect.objectContaining({ name: DeviceError.name, kind: 'unauthenticated' });

/** Uploads one reading after the other until nobody answers any more; notes each receipt. */
async function uploadOn(connection: KeptConnection, key: Buffer, onReceipt: (name: string) => void): Promise<void> {
  const device = connection.device('greenhouse', key);
  let sequence = 1;
  for (let failures = 0; failures < 5; ) {
    try {
      if (failures > 0 || sequence === 1) await device.shakeHands();
      for (; ; sequence += 1) {
        await device.upload(sequence);
        onReceipt(`greenhouse/${device.bootId}/${sequence}`);
        failures = 0;
      }
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      failures += 1;
    }
  }
}

/** Uploads by four devices, and a way to wait for receipts. */
function uploadByFour(workers: TwoWorkers, key: Buffer) {
  const receipted: string[] = [];
  let wanted = { count: Number.POSITIVE_INFINITY, reached: () => {} };
  const take = (name: string) => {
    receipted.push(name);
    if (receipted.length >= wanted.count) wanted.reached();
  };
  const over = Promise.all([1, 2, 3, 4].map(() => uploadOn(new KeptConnection(workers.server.url), key, take)));
  return {
    receipted,
    over,
    more: (count: number) =>
      new Promise<void>((resolve) => {
        wanted = { count: receipted.length + count, reached: resolve };
      }),
  };
}

function missing(receipted: readonly string[], data: string): string[] {
  const stored = new Set(storedReadings(data));
  return receipted.filter((name) => !stored.has(name));
}

describe('two workers', () => {
  const data = join(newDirectory(), 'data');
  let key: Buffer;
  let workers: TwoWorkers;
  let one: KeptConnection;
  let other: KeptConnection;
  beforeAll(async () => {
    key = await addDevice(data);
    workers = await TwoWorkers.start(data);
    [one, other] = await workers.connections();
  });

  it('share the port, and each says in the log which one it is', () => {
    expect(new Set([...workers.processesOf(1), ...workers.processesOf(2)]).size).toBe(2);
    for (const { worker } of workers.lines) expect([1, 2]).toContain(worker);
    expect(workers.server.log.filter(({ msg }) => msg.startsWith('listening')).length).toBe(1);
  });

  it('each know their own sessions only: on the other one a device shakes hands again', async () => {
    const device = one.device('greenhouse', key);
    const { session } = await device.shakeHands();
    expect(await device.upload(1)).toMatchObject({ stored: 1, duplicates: 0 });

    const moved = other.device('greenhouse', key);
    await moved.shakeHands();
    expect(await moved.upload(1)).toMatchObject({ stored: 1, duplicates: 0 });
    const record = session.seal('SensorUpload', Buffer.alloc(16));
    const body = toJsonString(SensorUploadRequestSchema, create(SensorUploadRequestSchema, { record }));
    expect(await other.post('/sensor', body)).toBe(401);
    expect((await workers.nextRefusal()).msg).toBe('refused: unknown, expired or ended session');
    expect(await device.upload(2)).toMatchObject({ stored: 1, duplicates: 0 });
  });

  it('accept a handshake once between them, even when both get it at the same moment', async () => {
    for (let round = 0; round < 4; round += 1) {
      const hello = { ...description, bootId: newBootId(), uptime: systemClock.monotonic() };
      const { request } = beginHandshake({ deviceId: 'greenhouse', deviceKey: key }, hello, generateEphemeral());
      const body = toJsonString(KeyExchangeRequestSchema, request);
      const post = (connection: KeptConnection) => connection.post('/dh-key-exchange', body);
      expect((await Promise.all([one, other].map(post))).sort()).toEqual([200, 401]);
      expect((await workers.nextRefusal()).msg).toMatch(/^refused: replayed handshake/);
      expect(await Promise.all([one, other].map(post))).toEqual([401, 401]);
      const refusals = [await workers.nextRefusal(), await workers.nextRefusal()];
      expect(refusals.map(({ worker }) => worker).sort()).toEqual([1, 2]);
    }
  });

  it('each give the metrics of both, or of one when the other hangs', async () => {
    const uploads = async (connection: KeptConnection) =>
      (await connection.get('/metrics')).match(/^sealpost_uploads_total.*/gm);
    const both = ['sealpost_uploads_total{worker="1"} 2', 'sealpost_uploads_total{worker="2"} 1'];
    expect(await uploads(one)).toEqual(both);
    expect(await uploads(other)).toEqual(both);
    const hangs = workers.processesOf(2).at(-1)!;
    process.kill(hangs, 'SIGSTOP');
    expect(await uploads(one)).toEqual(both.slice(0, 1));
    process.kill(hangs, 'SIGCONT');
    expect(await uploads(other)).toEqual(both);
    expect(await other.get('/metrics')).toMatch(/^sealpost_workers_replaced_total 0$/m);
  });

  it('end the sessions of a revoked key, both of them', async () => {
    const devices = [one, other].map((connection) => connection.device('greenhouse', key));
    for (const device of devices) {
      await device.shakeHands();
      await device.upload(1);
    }
    await sealpost(['device', 'revoke', 'greenhouse', '--data', data]);
    // An upload asks the store, a clock report only the session: its end shows there.
    for (const device of devices) await expect(device.upload(2)).rejects.toEqual(refused);
    const report = create(ClockReportSchema, { source: ClockSource.LOCAL, uptime: { seconds: 1n } });
    for (const device of devices) {
      let end: unknown;
      while (end === undefined) {
        await device.client.syncTime(report).catch((error: unknown) => {
          end = error;
        });
      }
      expect(end).toEqual(refused);
    }
  });

  it('keep another server off their data directory', async () => {
    expect(await sealpost(['serve', '--port', '0', '--data', data, '--workers', '2'])).toEqual({
      code: 1,
      stdout: '',
      stderr: `sealpost: another sealpost server is running on ${data}: stop it, or give this one a data directory of its own.\n`,
    });
  });

  it('end with the sentence of one that can not start', async () => {
    const { port } = workers.server;
    const place = ['--host', '127.0.0.1', '--port', String(port), '--data', `${data}-of-another`];
    expect(await sealpost(['serve', '--workers', '2', ...place])).toEqual({
      code: 1,
      stdout: '',
      stderr: `sealpost: port ${port} on 127.0.0.1 is taken, by another sealpost or another program: choose one with --port\n`,
    });
  });

  it('end when they are told to', async () => {
    expect(await workers.server.stop()).toEqual(ended);
  });
});

describe('a worker that is killed under load', () => {
  test('is replaced, and every receipted reading is stored, once', async ({ data, key, workers }) => {
    const uploads = uploadByFour(workers, key);
    for (const worker of [1, 2, 1]) {
      await uploads.more(100);
      await workers.kill(worker);
      expect(missing(uploads.receipted, data)).toEqual([]);
    }
    await uploads.more(100);
    expect(await new KeptConnection(workers.server.url).get('/metrics')).toContain('workers_replaced_total 3\n');
    expect(workers.server.log.filter(({ level }) => level >= 50)).toMatchObject([
      { worker: 1, msg: 'was ended by SIGKILL: another one takes its place' },
      { worker: 2, msg: 'was ended by SIGKILL: another one takes its place' },
      { worker: 1, msg: 'was ended by SIGKILL: another one takes its place in 1 s' },
    ]);
    expect(await workers.server.stop()).toEqual(ended);
    await uploads.over;
    const stored = storedReadings(data);
    expect(missing(uploads.receipted, data)).toEqual([]);
    expect(new Set(stored).size).toBe(stored.length);
  });
});

describe.each(['SIGINT', 'SIGTERM'] as const)('%s', (signal) => {
  test('in the middle of uploads leaves every one with its receipt in the store', async ({ data, key, workers }) => {
    const uploads = uploadByFour(workers, key);
    await uploads.more(100);
    // As a terminal or a service manager does it: to all of them.
    for (const worker of [1, 2]) process.kill(workers.processesOf(worker).at(-1)!, signal);
    expect(await workers.server.stop(signal)).toEqual(ended);
    await uploads.over;
    expect(missing(uploads.receipted, data)).toEqual([]);
    // At most one of each device was committed when its answer could not be sent any more.
    expect(storedReadings(data).length - uploads.receipted.length).toBeLessThanOrEqual(4);
  });
});

describe('the primary', () => {
  test('takes its workers with it when it is killed', async ({ data, key, workers }) => {
    const uploads = uploadByFour(workers, key);
    await uploads.more(20);
    // Resolves when nobody holds its standard output any more.
    await workers.server.kill();
    await uploads.over;
    expect(missing(uploads.receipted, data)).toEqual([]);
    expect(await (await TwoWorkers.start(data)).server.stop()).toEqual(ended);
  });
});

test('one worker is the server itself', async ({ data }) => {
  const server = await ServerProcess.start(data, ['--workers', '1']);
  expect(await server.stop()).toEqual(ended);
  expect(server.log.filter(({ pid, worker }) => pid !== server.run.child.pid || worker !== undefined)).toEqual([]);
});
