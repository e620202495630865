import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Cores that programs are pinned to; null where there is only one, or no `taskset`. */
export interface Cores {
  /** The one that every measured server has to itself. */
  readonly server: string;
  /** All others. */
  readonly generator: string;
  readonly all: string;
}

export function findCores(): Cores | null {
  const count = availableParallelism();
  if (count < 2 || spawnSync('taskset', ['--version']).error) return null;
  return { server: '0', generator: count === 2 ? '1' : `1-${count - 1}`, all: `0-${count - 1}` };
}

/** Keeps this process, the load generator, and what it starts from here on away from the server's core. */
export function pinGenerator(cores: Cores | null): void {
  if (cores) spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores.generator, String(process.pid)]);
}

/** The command line that runs a program on these cores. `taskset` becomes the program, so its process id is the same. */
export function pinned(cores: string | null, command: readonly string[]): readonly [string, readonly string[]] {
  const [program = '', ...args] = cores === null ? command : ['taskset', '--cpu-list', cores, ...command];
  return [program, args];
}
