import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { pinned } from './cores.ts';
import { type Usage, usageOf } from './process-usage.ts';

export interface ServerCommand {
  readonly command: readonly string[];
  /** Where it listens once it is ready. */
  readonly port: number;
  /** The cores it may use; null: any. */
  readonly cores: string | null;
  readonly env?: NodeJS.ProcessEnv;
  readonly directory?: string;
  /** It is one of servers.ts, which talk to who started them. */
  readonly talks?: boolean;
}

export interface HeldMemory {
  /** JavaScript's heap and all buffers, bytes. */
  readonly used: number;
  /** What the process takes of the machine, bytes. */
  readonly resident: number;
}

const longestStartMilliseconds = 60_000;
const longestStopMilliseconds = 20_000;
const longestSettleMilliseconds = 10_000;
const running = new Set<ChildProcess>();
// Nothing that was started here outlives this process, however it ends.
process.on('exit', () => {
  for (const child of running) signalFamily(child, 'SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** A measured server in a process of its own. */
export class ServerProcess {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #pid: number;

  private constructor(child: ChildProcess, pid: number, port: number) {
    this.#child = child;
    this.#pid = pid;
    this.port = port;
  }

  /** Starts it and waits until it takes connections. */
  static async start({ command, port, cores, env, directory, talks = false }: ServerCommand): Promise<ServerProcess> {
    const [program, args] = pinned(cores, command);
    const child = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'pipe', ...(talks ? (['ipc'] as const) : [])],
      // Out of Ctrl-C's reach: it ends this process, and this process ends what it has started.
      detached: true,
      env: env ?? process.env,
      ...(directory !== undefined && { cwd: directory }),
    });
    let complaints = '';
    child.stderr?.on('data', (chunk) => {
      complaints = `${complaints}${chunk}`.slice(-2000);
    });
    await once(child, 'spawn');
    running.add(child);
    child.once('exit', (status, signal) => {
      if (running.delete(child))
        process.stderr.write(`${command.join(' ')} ended (${signal ?? status}):\n${complaints}`);
    });
    const deadline = performance.now() + longestStartMilliseconds;
    while (!(await takesConnections(port))) {
      if (child.exitCode !== null || performance.now() > deadline) {
        signalFamily(child, 'SIGKILL');
        throw new Error(`'${command.join(' ')}' does not listen on port ${port}:\n${complaints}`);
      }
      await wait(20);
    }
    return new ServerProcess(child, child.pid ?? 0, port);
  }

  usage(): Usage {
    return usageOf(this.#pid);
  }

  /** Its usage once it rests: what it does behind its answers, like compacting, counts too. Waits 10 s at most. */
  async settledUsage(): Promise<Usage> {
    const deadline = performance.now() + longestSettleMilliseconds;
    let before = this.usage();
    for (;;) {
      await wait(100);
      const now = this.usage();
      if (now.cpuMicros - before.cpuMicros <= 10_000 || performance.now() > deadline) return now;
      before = now;
    }
  }

  /** What a Node server that was started for it (`collectable`) holds once its garbage has been collected. */
  async memoryWithoutGarbage(): Promise<HeldMemory> {
    this.#child.send('collect');
    const [used] = (await once(this.#child, 'message')) as [number];
    return { used, resident: this.usage().memory };
  }

  /** Halts it while others are measured, so that it can't disturb them. */
  pause(): void {
    signalFamily(this.#child, 'SIGSTOP');
  }

  resume(): void {
    signalFamily(this.#child, 'SIGCONT');
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    running.delete(this.#child);
    this.resume();
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => signalFamily(this.#child, 'SIGKILL'), longestStopMilliseconds);
    await exited;
    clearTimeout(late);
  }
}

/** To the process and those that it started: it leads a group of its own. */
function signalFamily({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // It has just ended by itself.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** A port that is free now. Foreign programs have to be told one. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || !address) throw new Error('no free port');
  return address.port;
}
