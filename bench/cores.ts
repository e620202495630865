import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Cores that programs are pinned to, as `taskset` takes them. */
export interface Cores {
  /** The one that every measured server has to itself. */
  readonly server: string;
  /** All others. */
  readonly generator: string;
  readonly all: string;
}

/** Of those that this process may use; null where that is only one, or where there is no `taskset`. */
export function findCores(): Cores | null {
  const [server, ...others] = allowedCores();
  if (server === undefined || others.length === 0 || spawnSync('taskset', ['--version']).error) return null;
  return { server, generator: others.join(','), all: [server, ...others].join(',') };
}

/** Linux lists them like `0-3,8`. */
function allowedCores(): string[] {
  const list = /^Cpus_allowed_list:\s+(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => String(first + index));
  });
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
