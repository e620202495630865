import type { BenchDevice } from './bench-device.ts';
import { type Contender, connections, repeat, sourcesOf } from './contender.ts';
import { httpFraming, httpGet, httpPost } from './http.ts';
import { type Line, openLines } from './line.ts';
import { startNodeServer } from './node-server.ts';
import { registerDevices } from './sealpost-devices.ts';
import type { ServerProcess } from './server-process.ts';

export interface SealpostOptions {
  readonly cores: string | null;
  /** A directory to make the data directory in. */
  readonly directory: string;
  /** Uploads of one reading in a round, at most. */
  readonly uploads: number;
  readonly profileDirectory?: string | undefined;
}

const readingsPerBatch = 64;
const handshakesPerDevice = 4;
const sealed = 'sealed; one durable commit before the receipt';

/** Sizes of one upload, which the bare servers are measured with, too. */
export interface UploadBytes {
  readonly request: Buffer;
  readonly answerBodyBytes: number;
}

export interface SealpostContenders {
  readonly contenders: readonly Contender[];
  readonly upload: UploadBytes;
}

/** One server, and what is asked of it in turn. */
export async function sealpostContenders(options: SealpostOptions): Promise<SealpostContenders> {
  const { cores, directory, uploads, profileDirectory } = options;
  const process = await startNodeServer('sealpost', { cores, data: directory, profileDirectory });
  const target = { port: process.port, ...httpFraming };
  const devices = await registerDevices(directory, 'bench', connections);
  const lines = await openLines(target, connections);
  const firstContactBytes = await shakeHands(devices, lines);
  const upload = await firstUpload(devices, lines);
  for (const line of lines) line.close();

  const shared = { process, target };
  const eachDevice = (write: (device: BenchDevice, count: number) => Buffer[], requests: number) => async () =>
    sourcesOf(devices.map((device) => write(device, Math.ceil(requests / connections))));
  const batches = Math.ceil(uploads / 10);
  return {
    upload,
    contenders: [
      {
        ...shared,
        name: 'sealpost: upload of one reading',
        keeps: sealed,
        note: 'sealed, durable',
        readingsPerRequest: 1,
        requests: uploads,
        firstContactBytes,
        prepare: eachDevice((device, count) => device.uploads(count), uploads),
      },
      {
        ...shared,
        name: `sealpost: upload of ${readingsPerBatch} readings`,
        keeps: sealed,
        readingsPerRequest: readingsPerBatch,
        requests: batches,
        firstContactBytes,
        prepare: eachDevice((device, count) => device.uploads(count, readingsPerBatch), batches),
      },
      handshakes(process, directory, Math.ceil(uploads / 20)),
      {
        ...shared,
        name: 'sealpost: TimeSync',
        keeps: 'sealed; nothing to store',
        readingsPerRequest: 0,
        requests: uploads,
        firstContactBytes: null,
        prepare: eachDevice((device, count) => device.timeSyncs(count), uploads),
      },
      {
        ...shared,
        name: 'sealpost: GET /sensor',
        keeps: 'the latest reading of all devices, as JSON',
        readingsPerRequest: 0,
        requests: 10 * uploads,
        firstContactBytes: null,
        prepare: async () => repeat(httpGet('/sensor')),
      },
    ],
  };
}

/** New devices in each round: a device may shake hands ten times at once and then once a second. */
function handshakes(process: ServerProcess, data: string, requests: number): Contender {
  let round = 0;
  return {
    process,
    target: { port: process.port, ...httpFraming },
    name: 'sealpost: handshake',
    keeps: 'Noise NNpsk0 with fresh X25519 keys',
    readingsPerRequest: 0,
    requests,
    firstContactBytes: null,
    async prepare() {
      round += 1;
      const devices = await registerDevices(data, `hands-${round}`, Math.ceil(requests / handshakesPerDevice));
      const perLine = Array.from({ length: connections }, (_, line): Buffer[] =>
        devices
          .filter((_device, index) => index % connections === line)
          .flatMap((device) => Array.from({ length: handshakesPerDevice }, () => device.keyExchange())),
      );
      return sourcesOf(perLine);
    },
  };
}

/** Gives the bytes of one handshake, the answer's included. */
async function shakeHands(devices: readonly BenchDevice[], lines: readonly Line[]): Promise<number> {
  await Promise.all(lines.map((line, index) => devices[index]?.shakeHands(line)));
  return lines[0]?.bytesOnWire ?? 0;
}

async function firstUpload(devices: readonly BenchDevice[], lines: readonly Line[]): Promise<UploadBytes> {
  const [request] = devices[0]?.uploads(1) ?? [];
  const [line] = lines;
  if (!request || !line) throw new Error('no device');
  const answer = await line.exchange(request);
  return { request, answerBodyBytes: answer.length - answer.indexOf('\r\n\r\n') - 4 };
}

/** What a Node server can do at all: it reads a body of an upload's size and answers with a receipt's. */
export async function bareContenders(
  { cores, uploads }: Pick<SealpostOptions, 'cores' | 'uploads'>,
  { request, answerBodyBytes }: UploadBytes,
): Promise<Contender[]> {
  const body = Buffer.alloc(request.length - request.indexOf('\r\n\r\n') - 4, 1);
  const post = httpPost('/upload', 'application/proto', body);
  const contenders: Contender[] = [];
  for (const [kind, name] of [
    ['bare-http', 'bare node:http'],
    ['bare-fastify', 'bare Fastify'],
  ] as const) {
    const process = await startNodeServer(kind, { cores, bytes: answerBodyBytes });
    contenders.push({
      name,
      keeps: `nothing: reads ${body.length} bytes, answers ${answerBodyBytes}`,
      readingsPerRequest: 0,
      process,
      target: { port: process.port, ...httpFraming },
      requests: 20 * uploads,
      firstContactBytes: null,
      prepare: async () => repeat(post),
    });
  }
  return contenders;
}
