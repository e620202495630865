import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('store-child.ts', import.meta.url));

/** A run of store-child.ts. */
export interface Child {
  /** The next line it says; undefined when it has ended. */
  line(): Promise<string | undefined>;
  /** Lets it end by itself; gives what it still said. */
  finish(): Promise<string[]>;
  /** SIGKILL; gives what it had said before that, to the last byte. */
  kill(): Promise<string[]>;
}

export function startChild(command: string, directory: string): Child {
  const child = spawn(process.execPath, [script, command, directory], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    return done ? undefined : String(value);
  };
  return {
    line: next,
    finish: () => {
      child.stdin.end();
      return rest(child, next);
    },
    kill: () => {
      child.kill('SIGKILL');
      return rest(child, next);
    },
  };
}

async function rest(child: ChildProcess, next: () => Promise<string | undefined>): Promise<string[]> {
  const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
  const said: string[] = [];
  for (let line = await next(); line !== undefined; line = await next()) said.push(line);
  await ended;
  return said;
}
