import {
  createCipheriv,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
import { type Contender, connections, sourcesOf } from '../contender.ts';
import { httpBody, httpFraming, httpPost } from '../http.ts';
import { Line } from '../line.ts';
import { SensorWalk } from '../reading.ts';
import { freePort, ServerProcess } from '../server-process.ts';
import { findProgram, peerEnvironment } from './install.ts';
import type { PeerOptions } from './peer.ts';

// The fastest on one core: one thread does a third less, 16 do the same, and a sync worker keeps no connection open.
const gunicornOptions = ['--workers', '1', '--worker-class', 'gthread', '--threads', '4', '--keep-alive', '600'];

/** Flask, gunicorn and SQLite doing what sealpost does (flask_server.py); null when they are not there. */
export async function flaskContender({ cores, directory, requests }: PeerOptions): Promise<Contender | null> {
  const gunicorn = findProgram('gunicorn');
  if (gunicorn === null) return null;
  const port = await freePort();
  const process = await ServerProcess.start({
    command: ['python3', gunicorn, '--bind', `127.0.0.1:${port}`, ...gunicornOptions, 'flask_server:app'],
    port,
    cores,
    directory: import.meta.dirname,
    env: { ...peerEnvironment(), BENCH_DATA: directory, PYTHONDONTWRITEBYTECODE: '1' },
  });
  const target = { port, ...httpFraming };
  const devices: FlaskDevice[] = [];
  let firstContactBytes = 0;
  for (let index = 0; index < connections; index += 1) {
    const line = await Line.open(target);
    devices.push(await FlaskDevice.shakeHands(line));
    firstContactBytes = line.bytesOnWire;
    line.close();
  }
  return {
    name: 'Flask, gunicorn, SQLite',
    keeps: 'encrypted; a durable commit each (WAL, synchronous=FULL); neither devices nor answers authenticated',
    note: 'no authentication',
    readingsPerRequest: 1,
    process,
    target,
    requests,
    firstContactBytes,
    prepare: async () => sourcesOf(devices.map((device) => device.uploads(Math.ceil(requests / connections)))),
  };
}

const rawPublicKeyBytes = 32;

class FlaskDevice {
  readonly #sessionId: Buffer;
  readonly #encryption: Buffer;
  readonly #mac: Buffer;
  readonly #walk = new SensorWalk(1);
  #counter = 0n;

  private constructor(sessionId: Buffer, keys: Buffer) {
    this.#sessionId = sessionId;
    this.#encryption = keys.subarray(0, 16);
    this.#mac = keys.subarray(16);
  }

  static async shakeHands(line: Line): Promise<FlaskDevice> {
    const own = generateKeyPairSync('x25519');
    // The key itself is the end of its SubjectPublicKeyInfo; what stands before is the same for every key.
    const spki = own.publicKey.export({ type: 'spki', format: 'der' });
    const request = httpPost('/dh-key-exchange', 'application/octet-stream', spki.subarray(-rawPublicKeyBytes));
    const answer = httpBody(await line.exchange(request));
    const publicKey = createPublicKey({
      key: Buffer.concat([spki.subarray(0, -rawPublicKeyBytes), answer.subarray(8)]),
      type: 'spki',
      format: 'der',
    });
    const shared = diffieHellman({ privateKey: own.privateKey, publicKey });
    const keys = Buffer.from(hkdfSync('sha256', shared, '', 'bench', 48));
    return new FlaskDevice(answer.subarray(0, 8), keys);
  }

  uploads(count: number): Buffer[] {
    return Array.from({ length: count }, () => {
      this.#counter += 1n;
      const reading = { sequence: Number(this.#counter), collected_at: Date.now() * 1000, ...this.#walk.next() };
      const counter = Buffer.alloc(8);
      counter.writeBigUInt64BE(this.#counter);
      const iv = randomBytes(16);
      const cipher = createCipheriv('aes-128-cbc', this.#encryption, iv);
      const sealed = [cipher.update(JSON.stringify(reading)), cipher.final()];
      const authenticated = Buffer.concat([this.#sessionId, counter, iv, ...sealed]);
      const tag = createHmac('sha256', this.#mac).update(authenticated).digest();
      return httpPost('/sensor', 'application/octet-stream', Buffer.concat([authenticated, tag]));
    });
  }
}
