import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { type Contender, connections } from '../contender.ts';
import { type Framing, Line } from '../line.ts';
import { encodeBatch, SensorWalk } from '../reading.ts';
import { freePort, ServerProcess } from '../server-process.ts';
import { findProgram, peerEnvironment } from './install.ts';
import type { PeerOptions } from './peer.ts';

/** Mosquitto with TLS: publishing at QoS 1, which it acknowledges from memory; null when it is not there. */
export async function mosquittoContender({ cores, directory }: PeerOptions): Promise<Contender | null> {
  const mosquitto = findProgram('mosquitto');
  if (mosquitto === null) return null;
  const certificateFile = join(directory, 'certificate.pem');
  const keyFile = join(directory, 'key.pem');
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  execFileSync('openssl', ['req', '-x509', ...key, '-out', certificateFile, ...subject], { stdio: 'ignore' });
  const port = await freePort();
  const configFile = join(directory, 'mosquitto.conf');
  const configuration = {
    listener: `${port} 127.0.0.1`,
    certfile: certificateFile,
    keyfile: keyFile,
    allow_anonymous: true,
    persistence: false,
    set_tcp_nodelay: true,
    log_type: 'error',
    user: userInfo().username,
  };
  writeFileSync(
    configFile,
    Object.entries(configuration)
      .map(([name, value]) => `${name} ${value}\n`)
      .join(''),
  );
  const process = await ServerProcess.start({
    command: [mosquitto, '-c', configFile],
    port,
    cores,
    env: peerEnvironment(),
  });
  const target = { port, certificate: readFileSync(certificateFile, 'utf8'), ...mqttFraming };
  const line = await Line.open(target);
  await line.exchange(connectPacket('first'));
  const firstContactBytes = line.bytesOnWire;
  line.close();
  return {
    name: 'Mosquitto, TLS, QoS 1',
    keeps: 'nothing is stored: acknowledged from memory; encrypted, devices not authenticated',
    note: 'stores nothing',
    readingsPerRequest: 1,
    process,
    target,
    requests: 1_000_000,
    firstContactBytes,
    greet: (index) => connectPacket(`bench-${index}`),
    prepare: async () => Array.from({ length: connections }, (_, device) => publishers(`readings/bench-${device}`)),
  };
}

/** MQTT 3.1.1, as far as the load generator needs it: CONNACK and PUBACK are four bytes each. */
const mqttFraming: Framing = {
  answerLength(received) {
    if (received.length < 4) return undefined;
    const accepted = received[0] === 0x20 && received[3] === 0;
    if (!accepted && received[0] !== 0x40) throw new Error('the broker refused');
    return 4;
  },
};

function connectPacket(clientId: string): Buffer {
  const id = Buffer.from(clientId);
  // Protocol level 4, clean session, keep-alive of 600 s.
  const head = Buffer.from([0x10, 12 + id.length, 0, 4, ...Buffer.from('MQTT'), 4, 2, 0x02, 0x58, 0, id.length]);
  return Buffer.concat([head, id]);
}

function publishers(topic: string) {
  const payload = encodeBatch(1n, 1, 1, new SensorWalk(1));
  const name = Buffer.from(topic);
  const length = 2 + name.length + 2 + payload.length;
  // Seven bits in each byte; above 127 there are two.
  const size = length < 128 ? [length] : [(length % 128) | 0x80, length >> 7];
  const head = Buffer.from([0x32, ...size, 0, name.length, ...name]);
  const packet = Buffer.concat([head, Buffer.alloc(2), payload]);
  let packetId = 0;
  return () => {
    packetId = (packetId % 65535) + 1;
    packet.writeUInt16BE(packetId, head.length);
    // The socket may still hold the last one.
    return Buffer.from(packet);
  };
}
