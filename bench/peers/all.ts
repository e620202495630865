import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender } from '../contender.ts';
import type { Cores } from '../cores.ts';
import { flaskContender } from './flask.ts';
import { influxContender } from './influx.ts';
import { mosquittoContender } from './mosquitto.ts';
import type { PeerOptions } from './peer.ts';

const influxProcessors = 4;

/** The peers that are on this machine, each with a directory of its own. */
export async function peerContenders(
  cores: Cores | null,
  parent: string,
  requests: number,
): Promise<{ readonly contenders: readonly Contender[]; readonly missing: readonly string[] }> {
  const optionsOf = (name: string, own: Partial<PeerOptions> = {}): PeerOptions => {
    const directory = join(parent, name);
    mkdirSync(directory);
    return { cores: cores?.server ?? null, directory, requests, ...own };
  };
  const peers: Record<string, () => Promise<Contender | null>> = {
    'Flask and gunicorn': () => flaskContender(optionsOf('flask', { requests: Math.ceil(requests / 5) })),
    'InfluxDB 1.x': () => influxContender(optionsOf('influx-one'), { name: 'InfluxDB 1.x, one core', processors: 1 }),
    'InfluxDB 1.x on all cores': () =>
      influxContender(optionsOf('influx-all', { cores: cores?.all ?? null }), {
        name: `InfluxDB 1.x, all cores (GOMAXPROCS=${influxProcessors})`,
        processors: influxProcessors,
      }),
    Mosquitto: () => mosquittoContender(optionsOf('mosquitto')),
  };
  const contenders: Contender[] = [];
  const missing: string[] = [];
  for (const [name, start] of Object.entries(peers)) {
    const contender = await start();
    if (contender) contenders.push(contender);
    else missing.push(name);
  }
  return { contenders, missing };
}
