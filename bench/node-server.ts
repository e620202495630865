import { fileURLToPath } from 'node:url';
import { freePort, ServerProcess } from './server-process.ts';

export interface NodeServerOptions {
  readonly cores: string | null;
  /** sealpost's data directory. */
  readonly data?: string;
  /** Bytes of the bare servers' answers. */
  readonly bytes?: number;
  /** Where its CPU profile goes when it stops, for Chromium's or Node's tools. */
  readonly profileDirectory?: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
  /** Lets memoryWithoutGarbage() be asked. */
  readonly collectable?: boolean;
}

// As bin/sealpost has it.
const nodeFlags = [
  '--max-semi-space-size=16',
  '--single-threaded-gc',
  '--no-allocation-site-pretenuring',
  '--disable-warning=ExperimentalWarning',
];

/** Starts one of servers.ts. */
export async function startNodeServer(
  kind: 'bare-http' | 'bare-fastify' | 'sealpost',
  { cores, data = '', bytes = 0, profileDirectory, env = process.env, collectable = false }: NodeServerOptions,
): Promise<ServerProcess> {
  const port = await freePort();
  const profile = profileDirectory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`];
  const collect = collectable ? ['--expose-gc'] : [];
  const program = fileURLToPath(new URL('./servers.ts', import.meta.url));
  const options = ['--port', String(port), '--data', data, '--bytes', String(bytes)];
  return ServerProcess.start({
    command: [process.execPath, ...nodeFlags, ...profile, ...collect, program, kind, ...options],
    port,
    cores,
    env,
    talks: true,
  });
}
