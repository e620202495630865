import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { pinned } from '../cores.ts';
import type { Filled } from './fill-store.ts';

const program = fileURLToPath(new URL('./fill-store.ts', import.meta.url));

/** Fills a data directory in a process of its own (fill-store.ts). */
export async function fillStore(
  cores: string | null,
  data: string,
  sizes: { readonly devices: number; readonly readings: number; readonly perBatch: number },
): Promise<Filled> {
  const numbers = [sizes.devices, sizes.readings, sizes.perBatch].map(String);
  const node = [process.execPath, '--disable-warning=ExperimentalWarning'];
  const [command, args] = pinned(cores, [...node, program, data, ...numbers]);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const [output, [status]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  process.off('exit', kill);
  if (status !== 0) throw new Error('the store could not be filled');
  return JSON.parse(output) as Filled;
}
