import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** What bin/sealpost runs once it has found the right Node.js; this test's is right too. */
export const commandLine = [
  process.execPath,
  '--max-semi-space-size=4',
  '--disable-warning=ExperimentalWarning',
  join(root, 'server', 'src', 'main.ts'),
] as const;

/**
 * Nothing that the surrounding shell says to sealpost reaches it; compiled code is kept, as bin/sealpost keeps it. One
 * process serves unless a test says otherwise, however many cores there are.
 */
const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SEALPOST_'))),
  SEALPOST_WORKERS: '1',
  NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'sealpost-tests'),
};

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads. Nothing unless said, and never a terminal. */
  readonly input?: string;
  readonly uid?: number;
  /** Another program than sealpost. */
  readonly program?: readonly [string, ...string[]];
}

export interface Ended {
  /** The exit status, or the signal that ended it. */
  readonly code: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const running = new Set<ChildProcess>();
const directories: string[] = [];

/** One run of the command line, in a process of its own. */
export class Run {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = '';
  stderr = '';
  /** Asked again whenever there is more output. */
  readonly #waiting = new Set<() => void>();

  constructor(args: readonly string[], options: RunOptions = {}) {
    const { cwd = root, env, input = '', uid, program = commandLine } = options;
    const [command, ...before] = program;
    const spawnOptions: SpawnOptions = { cwd, env: { ...environment, ...env }, stdio: 'pipe' };
    this.child = spawn(command, [...before, ...args], uid === undefined ? spawnOptions : { ...spawnOptions, uid });
    running.add(this.child);
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#take('stdout', text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#take('stderr', text));
    // It may end before it reads.
    this.child.stdin?.on('error', () => {});
    if (options.program === undefined || input !== '') this.child.stdin?.end(input);
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (code, signal) => {
        running.delete(this.child);
        resolve({ code: signal ?? code, stdout: this.stdout, stderr: this.stderr });
        for (const look of this.#waiting) look();
      });
    });
  }

  get #isOver(): boolean {
    return !running.has(this.child);
  }

  /** The first match in all that it has written and will write. Rejects when it ends without one. */
  output(pattern: RegExp, stream: 'stdout' | 'stderr' = 'stdout'): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(this[stream]);
        if (!match && !this.#isOver) return;
        this.#waiting.delete(look);
        if (match) resolve(match);
        else reject(new Error(`it ended without ${pattern}:\n${this.stdout}${this.stderr}`));
      };
      this.#waiting.add(look);
      look();
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  #take(stream: 'stdout' | 'stderr', text: string): void {
    this[stream] += text;
    for (const look of this.#waiting) look();
  }
}

/** Runs one command to its end. */
export function sealpost(args: readonly string[], options?: RunOptions): Promise<Ended> {
  return new Run(args, options).ended;
}

/** One line of the server's log. */
export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [fact: string]: unknown;
}

/** `sealpost serve` on 127.0.0.1. */
export class ServerProcess {
  readonly run: Run;
  readonly url: string;
  readonly port: number;

  private constructor(run: Run, port: number) {
    this.run = run;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Resolves when it listens. */
  static async start(
    dataDirectory: string,
    args: readonly string[] = [],
    { port = 0, ...options }: RunOptions & { readonly port?: number } = {},
  ): Promise<ServerProcess> {
    const place = ['--host', '127.0.0.1', '--port', String(port), '--data', dataDirectory];
    const run = new Run(['serve', ...place, ...args], options);
    const [, listeningAt] = await run.output(/listening at http:\/\/127\.0\.0\.1:(\d+)/);
    // The greeting comes last; what follows is the test's doing.
    await run.output(/readings: http/);
    return new ServerProcess(run, Number(listeningAt));
  }

  /** What it has logged so far. */
  get log(): LogLine[] {
    return this.run.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  /** Ends it as an operator does. */
  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.run.signal(signal);
    return this.run.ended;
  }

  /** As a power cut ends it. */
  kill(): Promise<Ended> {
    return this.stop('SIGKILL');
  }

  /** GET /sensor. */
  async latest(deviceId?: string): Promise<{ readonly status: number; readonly json: unknown }> {
    const response = await fetch(`${this.url}/sensor${deviceId === undefined ? '' : `?device=${deviceId}`}`);
    return { status: response.status, json: await response.json() };
  }
}

/** A new directory, removed by cleanUp. */
export function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sealpost-run-'));
  directories.push(directory);
  return directory;
}

/** After each test: ends what still runs, and removes the directories. */
export async function cleanUp(): Promise<void> {
  const children = [...running];
  const ends = children.map((child) => new Promise((resolve) => child.once('close', resolve)));
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(ends);
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
}

/** Registers a device and gives its key. */
export async function addDevice(dataDirectory: string, deviceId = 'greenhouse'): Promise<Buffer> {
  const { stdout } = await sealpost(['device', 'add', deviceId, '--data', dataDirectory, '--json']);
  return Buffer.from(JSON.parse(stdout).key, 'base64');
}

/** Every way in which a key might be written down. */
export function spellings(key: Buffer): string[] {
  const base64 = key.toString('base64');
  return [
    base64,
    base64.replace('=', ''),
    key.toString('base64url'),
    key.toString('hex'),
    key.join(','),
    key.join(', '),
  ];
}
