import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Contender, connections, sourcesOf } from '../contender.ts';
import { httpFraming, httpPost } from '../http.ts';
import { SensorWalk } from '../reading.ts';
import { freePort, ServerProcess } from '../server-process.ts';
import { findProgram, peerEnvironment } from './install.ts';
import type { PeerOptions } from './peer.ts';

/** InfluxDB 1.x, line protocol over plain HTTP; null when it is not there. */
export async function influxContender(
  { cores, directory, requests }: PeerOptions,
  { name, processors }: { readonly name: string; readonly processors: number },
): Promise<Contender | null> {
  const influxd = findProgram('influxd');
  if (influxd === null) return null;
  const port = await freePort();
  const configFile = join(directory, 'influxdb.conf');
  writeFileSync(configFile, configuration(directory, port, await freePort()));
  const process = await ServerProcess.start({
    command: [influxd, 'run', '-config', configFile],
    port,
    cores,
    env: { ...peerEnvironment(), GOMAXPROCS: String(processors) },
  });
  const target = { port, ...httpFraming };
  const made = await fetch(`http://127.0.0.1:${port}/query?q=CREATE+DATABASE+bench`, { method: 'POST' });
  if (!made.ok) throw new Error(`InfluxDB made no database: ${await made.text()}`);
  const walk = new SensorWalk(1);
  let time = BigInt(Date.now()) * 1_000_000n;
  const write = (device: number, count: number) =>
    Array.from({ length: count }, () => {
      time += 1000n;
      const fields = Object.entries(walk.next()).map(([name, value]) => `${name}=${value}`);
      return httpPost(
        '/write?db=bench',
        'text/plain',
        Buffer.from(`readings,device=bench-${device} ${fields.join(',')} ${time}\n`),
      );
    });
  return {
    name,
    keeps: 'not encrypted, not authenticated; its log synced before each answer (wal-fsync-delay 0)',
    note: 'not encrypted',
    readingsPerRequest: 1,
    process,
    target,
    requests,
    firstContactBytes: 0,
    prepare: async () =>
      sourcesOf(Array.from({ length: connections }, (_, device) => write(device, Math.ceil(requests / connections)))),
  };
}

function configuration(directory: string, port: number, rpcPort: number): string {
  return `reporting-disabled = true
bind-address = "127.0.0.1:${rpcPort}"
[meta]
  dir = "${directory}/meta"
[data]
  dir = "${directory}/data"
  wal-dir = "${directory}/wal"
  wal-fsync-delay = "0s"
  query-log-enabled = false
[monitor]
  store-enabled = false
[logging]
  level = "error"
  suppress-logo = true
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
`;
}
